// Original file: damselfly/cluster.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { StatusReply as _damselfly_cluster_v1_StatusReply, StatusReply__Output as _damselfly_cluster_v1_StatusReply__Output } from '../../../damselfly/cluster/v1/StatusReply.ts';
import type { StatusRequest as _damselfly_cluster_v1_StatusRequest, StatusRequest__Output as _damselfly_cluster_v1_StatusRequest__Output } from '../../../damselfly/cluster/v1/StatusRequest.ts';

export interface ClusterClient extends grpc.Client {
  Status(argument: _damselfly_cluster_v1_StatusRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_damselfly_cluster_v1_StatusReply__Output>): grpc.ClientUnaryCall;
  Status(argument: _damselfly_cluster_v1_StatusRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_damselfly_cluster_v1_StatusReply__Output>): grpc.ClientUnaryCall;
  Status(argument: _damselfly_cluster_v1_StatusRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_damselfly_cluster_v1_StatusReply__Output>): grpc.ClientUnaryCall;
  Status(argument: _damselfly_cluster_v1_StatusRequest, callback: grpc.requestCallback<_damselfly_cluster_v1_StatusReply__Output>): grpc.ClientUnaryCall;
  status(argument: _damselfly_cluster_v1_StatusRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_damselfly_cluster_v1_StatusReply__Output>): grpc.ClientUnaryCall;
  status(argument: _damselfly_cluster_v1_StatusRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_damselfly_cluster_v1_StatusReply__Output>): grpc.ClientUnaryCall;
  status(argument: _damselfly_cluster_v1_StatusRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_damselfly_cluster_v1_StatusReply__Output>): grpc.ClientUnaryCall;
  status(argument: _damselfly_cluster_v1_StatusRequest, callback: grpc.requestCallback<_damselfly_cluster_v1_StatusReply__Output>): grpc.ClientUnaryCall;
  
}

export interface ClusterHandlers extends grpc.UntypedServiceImplementation {
  Status: grpc.handleUnaryCall<_damselfly_cluster_v1_StatusRequest__Output, _damselfly_cluster_v1_StatusReply>;
  
}

export interface ClusterDefinition extends grpc.ServiceDefinition {
  Status: MethodDefinition<_damselfly_cluster_v1_StatusRequest, _damselfly_cluster_v1_StatusReply, _damselfly_cluster_v1_StatusRequest__Output, _damselfly_cluster_v1_StatusReply__Output>
}
