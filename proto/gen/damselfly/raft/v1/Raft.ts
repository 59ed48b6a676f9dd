// Original file: damselfly/raft.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { Frame as _damselfly_raft_v1_Frame, Frame__Output as _damselfly_raft_v1_Frame__Output } from '../../../damselfly/raft/v1/Frame.ts';
import type { ProbeReply as _damselfly_raft_v1_ProbeReply, ProbeReply__Output as _damselfly_raft_v1_ProbeReply__Output } from '../../../damselfly/raft/v1/ProbeReply.ts';
import type { ProbeRequest as _damselfly_raft_v1_ProbeRequest, ProbeRequest__Output as _damselfly_raft_v1_ProbeRequest__Output } from '../../../damselfly/raft/v1/ProbeRequest.ts';
import type { ProgressReply as _damselfly_raft_v1_ProgressReply, ProgressReply__Output as _damselfly_raft_v1_ProgressReply__Output } from '../../../damselfly/raft/v1/ProgressReply.ts';
import type { ProgressRequest as _damselfly_raft_v1_ProgressRequest, ProgressRequest__Output as _damselfly_raft_v1_ProgressRequest__Output } from '../../../damselfly/raft/v1/ProgressRequest.ts';

export interface RaftClient extends grpc.Client {
  Messages(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_damselfly_raft_v1_Frame, _damselfly_raft_v1_Frame__Output>;
  Messages(options?: grpc.CallOptions): grpc.ClientDuplexStream<_damselfly_raft_v1_Frame, _damselfly_raft_v1_Frame__Output>;
  messages(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_damselfly_raft_v1_Frame, _damselfly_raft_v1_Frame__Output>;
  messages(options?: grpc.CallOptions): grpc.ClientDuplexStream<_damselfly_raft_v1_Frame, _damselfly_raft_v1_Frame__Output>;
  
  Probe(argument: _damselfly_raft_v1_ProbeRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_damselfly_raft_v1_ProbeReply__Output>): grpc.ClientUnaryCall;
  Probe(argument: _damselfly_raft_v1_ProbeRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_damselfly_raft_v1_ProbeReply__Output>): grpc.ClientUnaryCall;
  Probe(argument: _damselfly_raft_v1_ProbeRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_damselfly_raft_v1_ProbeReply__Output>): grpc.ClientUnaryCall;
  Probe(argument: _damselfly_raft_v1_ProbeRequest, callback: grpc.requestCallback<_damselfly_raft_v1_ProbeReply__Output>): grpc.ClientUnaryCall;
  probe(argument: _damselfly_raft_v1_ProbeRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_damselfly_raft_v1_ProbeReply__Output>): grpc.ClientUnaryCall;
  probe(argument: _damselfly_raft_v1_ProbeRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_damselfly_raft_v1_ProbeReply__Output>): grpc.ClientUnaryCall;
  probe(argument: _damselfly_raft_v1_ProbeRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_damselfly_raft_v1_ProbeReply__Output>): grpc.ClientUnaryCall;
  probe(argument: _damselfly_raft_v1_ProbeRequest, callback: grpc.requestCallback<_damselfly_raft_v1_ProbeReply__Output>): grpc.ClientUnaryCall;
  
  Progress(argument: _damselfly_raft_v1_ProgressRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_damselfly_raft_v1_ProgressReply__Output>): grpc.ClientUnaryCall;
  Progress(argument: _damselfly_raft_v1_ProgressRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_damselfly_raft_v1_ProgressReply__Output>): grpc.ClientUnaryCall;
  Progress(argument: _damselfly_raft_v1_ProgressRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_damselfly_raft_v1_ProgressReply__Output>): grpc.ClientUnaryCall;
  Progress(argument: _damselfly_raft_v1_ProgressRequest, callback: grpc.requestCallback<_damselfly_raft_v1_ProgressReply__Output>): grpc.ClientUnaryCall;
  progress(argument: _damselfly_raft_v1_ProgressRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_damselfly_raft_v1_ProgressReply__Output>): grpc.ClientUnaryCall;
  progress(argument: _damselfly_raft_v1_ProgressRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_damselfly_raft_v1_ProgressReply__Output>): grpc.ClientUnaryCall;
  progress(argument: _damselfly_raft_v1_ProgressRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_damselfly_raft_v1_ProgressReply__Output>): grpc.ClientUnaryCall;
  progress(argument: _damselfly_raft_v1_ProgressRequest, callback: grpc.requestCallback<_damselfly_raft_v1_ProgressReply__Output>): grpc.ClientUnaryCall;
  
}

export interface RaftHandlers extends grpc.UntypedServiceImplementation {
  Messages: grpc.handleBidiStreamingCall<_damselfly_raft_v1_Frame__Output, _damselfly_raft_v1_Frame>;
  
  Probe: grpc.handleUnaryCall<_damselfly_raft_v1_ProbeRequest__Output, _damselfly_raft_v1_ProbeReply>;
  
  Progress: grpc.handleUnaryCall<_damselfly_raft_v1_ProgressRequest__Output, _damselfly_raft_v1_ProgressReply>;
  
}

export interface RaftDefinition extends grpc.ServiceDefinition {
  Messages: MethodDefinition<_damselfly_raft_v1_Frame, _damselfly_raft_v1_Frame, _damselfly_raft_v1_Frame__Output, _damselfly_raft_v1_Frame__Output>
  Probe: MethodDefinition<_damselfly_raft_v1_ProbeRequest, _damselfly_raft_v1_ProbeReply, _damselfly_raft_v1_ProbeRequest__Output, _damselfly_raft_v1_ProbeReply__Output>
  Progress: MethodDefinition<_damselfly_raft_v1_ProgressRequest, _damselfly_raft_v1_ProgressReply, _damselfly_raft_v1_ProgressRequest__Output, _damselfly_raft_v1_ProgressReply__Output>
}
