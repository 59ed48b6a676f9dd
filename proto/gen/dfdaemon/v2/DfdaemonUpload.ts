// Original file: dragonfly/dfdaemon-v2.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { DownloadTaskRequest as _dfdaemon_v2_DownloadTaskRequest, DownloadTaskRequest__Output as _dfdaemon_v2_DownloadTaskRequest__Output } from '../../dfdaemon/v2/DownloadTaskRequest.ts';
import type { DownloadTaskResponse as _dfdaemon_v2_DownloadTaskResponse, DownloadTaskResponse__Output as _dfdaemon_v2_DownloadTaskResponse__Output } from '../../dfdaemon/v2/DownloadTaskResponse.ts';

export interface DfdaemonUploadClient extends grpc.Client {
  DownloadTask(argument: _dfdaemon_v2_DownloadTaskRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_dfdaemon_v2_DownloadTaskResponse__Output>;
  DownloadTask(argument: _dfdaemon_v2_DownloadTaskRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_dfdaemon_v2_DownloadTaskResponse__Output>;
  downloadTask(argument: _dfdaemon_v2_DownloadTaskRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_dfdaemon_v2_DownloadTaskResponse__Output>;
  downloadTask(argument: _dfdaemon_v2_DownloadTaskRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_dfdaemon_v2_DownloadTaskResponse__Output>;
  
}

export interface DfdaemonUploadHandlers extends grpc.UntypedServiceImplementation {
  DownloadTask: grpc.handleServerStreamingCall<_dfdaemon_v2_DownloadTaskRequest__Output, _dfdaemon_v2_DownloadTaskResponse>;
  
}

export interface DfdaemonUploadDefinition extends grpc.ServiceDefinition {
  DownloadTask: MethodDefinition<_dfdaemon_v2_DownloadTaskRequest, _dfdaemon_v2_DownloadTaskResponse, _dfdaemon_v2_DownloadTaskRequest__Output, _dfdaemon_v2_DownloadTaskResponse__Output>
}
