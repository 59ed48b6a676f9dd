// Original file: dragonfly/dfdaemon-v1.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { DeleteTaskRequest as _dfdaemon_DeleteTaskRequest, DeleteTaskRequest__Output as _dfdaemon_DeleteTaskRequest__Output } from '../dfdaemon/DeleteTaskRequest.ts';
import type { DownRequest as _dfdaemon_DownRequest, DownRequest__Output as _dfdaemon_DownRequest__Output } from '../dfdaemon/DownRequest.ts';
import type { DownResult as _dfdaemon_DownResult, DownResult__Output as _dfdaemon_DownResult__Output } from '../dfdaemon/DownResult.ts';
import type { Empty as _google_protobuf_Empty, Empty__Output as _google_protobuf_Empty__Output } from '../google/protobuf/Empty.ts';
import type { ExportTaskRequest as _dfdaemon_ExportTaskRequest, ExportTaskRequest__Output as _dfdaemon_ExportTaskRequest__Output } from '../dfdaemon/ExportTaskRequest.ts';
import type { ImportTaskRequest as _dfdaemon_ImportTaskRequest, ImportTaskRequest__Output as _dfdaemon_ImportTaskRequest__Output } from '../dfdaemon/ImportTaskRequest.ts';
import type { PeerExchangeData as _dfdaemon_PeerExchangeData, PeerExchangeData__Output as _dfdaemon_PeerExchangeData__Output } from '../dfdaemon/PeerExchangeData.ts';
import type { PiecePacket as _common_PiecePacket, PiecePacket__Output as _common_PiecePacket__Output } from '../common/PiecePacket.ts';
import type { PieceTaskRequest as _common_PieceTaskRequest, PieceTaskRequest__Output as _common_PieceTaskRequest__Output } from '../common/PieceTaskRequest.ts';
import type { StatTaskRequest as _dfdaemon_StatTaskRequest, StatTaskRequest__Output as _dfdaemon_StatTaskRequest__Output } from '../dfdaemon/StatTaskRequest.ts';

export interface DaemonClient extends grpc.Client {
  CheckHealth(argument: _google_protobuf_Empty, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  CheckHealth(argument: _google_protobuf_Empty, metadata: grpc.Metadata, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  CheckHealth(argument: _google_protobuf_Empty, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  CheckHealth(argument: _google_protobuf_Empty, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  checkHealth(argument: _google_protobuf_Empty, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  checkHealth(argument: _google_protobuf_Empty, metadata: grpc.Metadata, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  checkHealth(argument: _google_protobuf_Empty, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  checkHealth(argument: _google_protobuf_Empty, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  
  DeleteTask(argument: _dfdaemon_DeleteTaskRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  DeleteTask(argument: _dfdaemon_DeleteTaskRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  DeleteTask(argument: _dfdaemon_DeleteTaskRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  DeleteTask(argument: _dfdaemon_DeleteTaskRequest, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  deleteTask(argument: _dfdaemon_DeleteTaskRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  deleteTask(argument: _dfdaemon_DeleteTaskRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  deleteTask(argument: _dfdaemon_DeleteTaskRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  deleteTask(argument: _dfdaemon_DeleteTaskRequest, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  
  Download(argument: _dfdaemon_DownRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_dfdaemon_DownResult__Output>;
  Download(argument: _dfdaemon_DownRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_dfdaemon_DownResult__Output>;
  download(argument: _dfdaemon_DownRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_dfdaemon_DownResult__Output>;
  download(argument: _dfdaemon_DownRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_dfdaemon_DownResult__Output>;
  
  ExportTask(argument: _dfdaemon_ExportTaskRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  ExportTask(argument: _dfdaemon_ExportTaskRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  ExportTask(argument: _dfdaemon_ExportTaskRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  ExportTask(argument: _dfdaemon_ExportTaskRequest, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  exportTask(argument: _dfdaemon_ExportTaskRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  exportTask(argument: _dfdaemon_ExportTaskRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  exportTask(argument: _dfdaemon_ExportTaskRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  exportTask(argument: _dfdaemon_ExportTaskRequest, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  
  GetPieceTasks(argument: _common_PieceTaskRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_common_PiecePacket__Output>): grpc.ClientUnaryCall;
  GetPieceTasks(argument: _common_PieceTaskRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_common_PiecePacket__Output>): grpc.ClientUnaryCall;
  GetPieceTasks(argument: _common_PieceTaskRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_common_PiecePacket__Output>): grpc.ClientUnaryCall;
  GetPieceTasks(argument: _common_PieceTaskRequest, callback: grpc.requestCallback<_common_PiecePacket__Output>): grpc.ClientUnaryCall;
  getPieceTasks(argument: _common_PieceTaskRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_common_PiecePacket__Output>): grpc.ClientUnaryCall;
  getPieceTasks(argument: _common_PieceTaskRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_common_PiecePacket__Output>): grpc.ClientUnaryCall;
  getPieceTasks(argument: _common_PieceTaskRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_common_PiecePacket__Output>): grpc.ClientUnaryCall;
  getPieceTasks(argument: _common_PieceTaskRequest, callback: grpc.requestCallback<_common_PiecePacket__Output>): grpc.ClientUnaryCall;
  
  ImportTask(argument: _dfdaemon_ImportTaskRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  ImportTask(argument: _dfdaemon_ImportTaskRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  ImportTask(argument: _dfdaemon_ImportTaskRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  ImportTask(argument: _dfdaemon_ImportTaskRequest, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  importTask(argument: _dfdaemon_ImportTaskRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  importTask(argument: _dfdaemon_ImportTaskRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  importTask(argument: _dfdaemon_ImportTaskRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  importTask(argument: _dfdaemon_ImportTaskRequest, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  
  LeaveHost(argument: _google_protobuf_Empty, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  LeaveHost(argument: _google_protobuf_Empty, metadata: grpc.Metadata, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  LeaveHost(argument: _google_protobuf_Empty, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  LeaveHost(argument: _google_protobuf_Empty, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  leaveHost(argument: _google_protobuf_Empty, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  leaveHost(argument: _google_protobuf_Empty, metadata: grpc.Metadata, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  leaveHost(argument: _google_protobuf_Empty, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  leaveHost(argument: _google_protobuf_Empty, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  
  PeerExchange(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_dfdaemon_PeerExchangeData, _dfdaemon_PeerExchangeData__Output>;
  PeerExchange(options?: grpc.CallOptions): grpc.ClientDuplexStream<_dfdaemon_PeerExchangeData, _dfdaemon_PeerExchangeData__Output>;
  peerExchange(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_dfdaemon_PeerExchangeData, _dfdaemon_PeerExchangeData__Output>;
  peerExchange(options?: grpc.CallOptions): grpc.ClientDuplexStream<_dfdaemon_PeerExchangeData, _dfdaemon_PeerExchangeData__Output>;
  
  StatTask(argument: _dfdaemon_StatTaskRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  StatTask(argument: _dfdaemon_StatTaskRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  StatTask(argument: _dfdaemon_StatTaskRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  StatTask(argument: _dfdaemon_StatTaskRequest, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  statTask(argument: _dfdaemon_StatTaskRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  statTask(argument: _dfdaemon_StatTaskRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  statTask(argument: _dfdaemon_StatTaskRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  statTask(argument: _dfdaemon_StatTaskRequest, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  
  SyncPieceTasks(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_common_PieceTaskRequest, _common_PiecePacket__Output>;
  SyncPieceTasks(options?: grpc.CallOptions): grpc.ClientDuplexStream<_common_PieceTaskRequest, _common_PiecePacket__Output>;
  syncPieceTasks(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_common_PieceTaskRequest, _common_PiecePacket__Output>;
  syncPieceTasks(options?: grpc.CallOptions): grpc.ClientDuplexStream<_common_PieceTaskRequest, _common_PiecePacket__Output>;
  
}

export interface DaemonHandlers extends grpc.UntypedServiceImplementation {
  CheckHealth: grpc.handleUnaryCall<_google_protobuf_Empty__Output, _google_protobuf_Empty>;
  
  DeleteTask: grpc.handleUnaryCall<_dfdaemon_DeleteTaskRequest__Output, _google_protobuf_Empty>;
  
  Download: grpc.handleServerStreamingCall<_dfdaemon_DownRequest__Output, _dfdaemon_DownResult>;
  
  ExportTask: grpc.handleUnaryCall<_dfdaemon_ExportTaskRequest__Output, _google_protobuf_Empty>;
  
  GetPieceTasks: grpc.handleUnaryCall<_common_PieceTaskRequest__Output, _common_PiecePacket>;
  
  ImportTask: grpc.handleUnaryCall<_dfdaemon_ImportTaskRequest__Output, _google_protobuf_Empty>;
  
  LeaveHost: grpc.handleUnaryCall<_google_protobuf_Empty__Output, _google_protobuf_Empty>;
  
  PeerExchange: grpc.handleBidiStreamingCall<_dfdaemon_PeerExchangeData__Output, _dfdaemon_PeerExchangeData>;
  
  StatTask: grpc.handleUnaryCall<_dfdaemon_StatTaskRequest__Output, _google_protobuf_Empty>;
  
  SyncPieceTasks: grpc.handleBidiStreamingCall<_common_PieceTaskRequest__Output, _common_PiecePacket>;
  
}

export interface DaemonDefinition extends grpc.ServiceDefinition {
  CheckHealth: MethodDefinition<_google_protobuf_Empty, _google_protobuf_Empty, _google_protobuf_Empty__Output, _google_protobuf_Empty__Output>
  DeleteTask: MethodDefinition<_dfdaemon_DeleteTaskRequest, _google_protobuf_Empty, _dfdaemon_DeleteTaskRequest__Output, _google_protobuf_Empty__Output>
  Download: MethodDefinition<_dfdaemon_DownRequest, _dfdaemon_DownResult, _dfdaemon_DownRequest__Output, _dfdaemon_DownResult__Output>
  ExportTask: MethodDefinition<_dfdaemon_ExportTaskRequest, _google_protobuf_Empty, _dfdaemon_ExportTaskRequest__Output, _google_protobuf_Empty__Output>
  GetPieceTasks: MethodDefinition<_common_PieceTaskRequest, _common_PiecePacket, _common_PieceTaskRequest__Output, _common_PiecePacket__Output>
  ImportTask: MethodDefinition<_dfdaemon_ImportTaskRequest, _google_protobuf_Empty, _dfdaemon_ImportTaskRequest__Output, _google_protobuf_Empty__Output>
  LeaveHost: MethodDefinition<_google_protobuf_Empty, _google_protobuf_Empty, _google_protobuf_Empty__Output, _google_protobuf_Empty__Output>
  PeerExchange: MethodDefinition<_dfdaemon_PeerExchangeData, _dfdaemon_PeerExchangeData, _dfdaemon_PeerExchangeData__Output, _dfdaemon_PeerExchangeData__Output>
  StatTask: MethodDefinition<_dfdaemon_StatTaskRequest, _google_protobuf_Empty, _dfdaemon_StatTaskRequest__Output, _google_protobuf_Empty__Output>
  SyncPieceTasks: MethodDefinition<_common_PieceTaskRequest, _common_PiecePacket, _common_PieceTaskRequest__Output, _common_PiecePacket__Output>
}
