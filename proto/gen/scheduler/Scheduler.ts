// Original file: dragonfly/scheduler-v1.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { AnnounceHostRequest as _scheduler_AnnounceHostRequest, AnnounceHostRequest__Output as _scheduler_AnnounceHostRequest__Output } from '../scheduler/AnnounceHostRequest.ts';
import type { AnnounceTaskRequest as _scheduler_AnnounceTaskRequest, AnnounceTaskRequest__Output as _scheduler_AnnounceTaskRequest__Output } from '../scheduler/AnnounceTaskRequest.ts';
import type { Empty as _google_protobuf_Empty, Empty__Output as _google_protobuf_Empty__Output } from '../google/protobuf/Empty.ts';
import type { LeaveHostRequest as _scheduler_LeaveHostRequest, LeaveHostRequest__Output as _scheduler_LeaveHostRequest__Output } from '../scheduler/LeaveHostRequest.ts';
import type { PeerPacket as _scheduler_PeerPacket, PeerPacket__Output as _scheduler_PeerPacket__Output } from '../scheduler/PeerPacket.ts';
import type { PeerResult as _scheduler_PeerResult, PeerResult__Output as _scheduler_PeerResult__Output } from '../scheduler/PeerResult.ts';
import type { PeerTarget as _scheduler_PeerTarget, PeerTarget__Output as _scheduler_PeerTarget__Output } from '../scheduler/PeerTarget.ts';
import type { PeerTaskRequest as _scheduler_PeerTaskRequest, PeerTaskRequest__Output as _scheduler_PeerTaskRequest__Output } from '../scheduler/PeerTaskRequest.ts';
import type { PieceResult as _scheduler_PieceResult, PieceResult__Output as _scheduler_PieceResult__Output } from '../scheduler/PieceResult.ts';
import type { RegisterResult as _scheduler_RegisterResult, RegisterResult__Output as _scheduler_RegisterResult__Output } from '../scheduler/RegisterResult.ts';
import type { StatTaskRequest as _scheduler_StatTaskRequest, StatTaskRequest__Output as _scheduler_StatTaskRequest__Output } from '../scheduler/StatTaskRequest.ts';
import type { Task as _scheduler_Task, Task__Output as _scheduler_Task__Output } from '../scheduler/Task.ts';

export interface SchedulerClient extends grpc.Client {
  AnnounceHost(argument: _scheduler_AnnounceHostRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  AnnounceHost(argument: _scheduler_AnnounceHostRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  AnnounceHost(argument: _scheduler_AnnounceHostRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  AnnounceHost(argument: _scheduler_AnnounceHostRequest, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  announceHost(argument: _scheduler_AnnounceHostRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  announceHost(argument: _scheduler_AnnounceHostRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  announceHost(argument: _scheduler_AnnounceHostRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  announceHost(argument: _scheduler_AnnounceHostRequest, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  
  AnnounceTask(argument: _scheduler_AnnounceTaskRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  AnnounceTask(argument: _scheduler_AnnounceTaskRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  AnnounceTask(argument: _scheduler_AnnounceTaskRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  AnnounceTask(argument: _scheduler_AnnounceTaskRequest, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  announceTask(argument: _scheduler_AnnounceTaskRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  announceTask(argument: _scheduler_AnnounceTaskRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  announceTask(argument: _scheduler_AnnounceTaskRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  announceTask(argument: _scheduler_AnnounceTaskRequest, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  
  LeaveHost(argument: _scheduler_LeaveHostRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  LeaveHost(argument: _scheduler_LeaveHostRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  LeaveHost(argument: _scheduler_LeaveHostRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  LeaveHost(argument: _scheduler_LeaveHostRequest, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  leaveHost(argument: _scheduler_LeaveHostRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  leaveHost(argument: _scheduler_LeaveHostRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  leaveHost(argument: _scheduler_LeaveHostRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  leaveHost(argument: _scheduler_LeaveHostRequest, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  
  LeaveTask(argument: _scheduler_PeerTarget, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  LeaveTask(argument: _scheduler_PeerTarget, metadata: grpc.Metadata, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  LeaveTask(argument: _scheduler_PeerTarget, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  LeaveTask(argument: _scheduler_PeerTarget, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  leaveTask(argument: _scheduler_PeerTarget, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  leaveTask(argument: _scheduler_PeerTarget, metadata: grpc.Metadata, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  leaveTask(argument: _scheduler_PeerTarget, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  leaveTask(argument: _scheduler_PeerTarget, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  
  RegisterPeerTask(argument: _scheduler_PeerTaskRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_scheduler_RegisterResult__Output>): grpc.ClientUnaryCall;
  RegisterPeerTask(argument: _scheduler_PeerTaskRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_scheduler_RegisterResult__Output>): grpc.ClientUnaryCall;
  RegisterPeerTask(argument: _scheduler_PeerTaskRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_scheduler_RegisterResult__Output>): grpc.ClientUnaryCall;
  RegisterPeerTask(argument: _scheduler_PeerTaskRequest, callback: grpc.requestCallback<_scheduler_RegisterResult__Output>): grpc.ClientUnaryCall;
  registerPeerTask(argument: _scheduler_PeerTaskRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_scheduler_RegisterResult__Output>): grpc.ClientUnaryCall;
  registerPeerTask(argument: _scheduler_PeerTaskRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_scheduler_RegisterResult__Output>): grpc.ClientUnaryCall;
  registerPeerTask(argument: _scheduler_PeerTaskRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_scheduler_RegisterResult__Output>): grpc.ClientUnaryCall;
  registerPeerTask(argument: _scheduler_PeerTaskRequest, callback: grpc.requestCallback<_scheduler_RegisterResult__Output>): grpc.ClientUnaryCall;
  
  ReportPeerResult(argument: _scheduler_PeerResult, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  ReportPeerResult(argument: _scheduler_PeerResult, metadata: grpc.Metadata, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  ReportPeerResult(argument: _scheduler_PeerResult, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  ReportPeerResult(argument: _scheduler_PeerResult, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  reportPeerResult(argument: _scheduler_PeerResult, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  reportPeerResult(argument: _scheduler_PeerResult, metadata: grpc.Metadata, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  reportPeerResult(argument: _scheduler_PeerResult, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  reportPeerResult(argument: _scheduler_PeerResult, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  
  ReportPieceResult(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_scheduler_PieceResult, _scheduler_PeerPacket__Output>;
  ReportPieceResult(options?: grpc.CallOptions): grpc.ClientDuplexStream<_scheduler_PieceResult, _scheduler_PeerPacket__Output>;
  reportPieceResult(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_scheduler_PieceResult, _scheduler_PeerPacket__Output>;
  reportPieceResult(options?: grpc.CallOptions): grpc.ClientDuplexStream<_scheduler_PieceResult, _scheduler_PeerPacket__Output>;
  
  StatTask(argument: _scheduler_StatTaskRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_scheduler_Task__Output>): grpc.ClientUnaryCall;
  StatTask(argument: _scheduler_StatTaskRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_scheduler_Task__Output>): grpc.ClientUnaryCall;
  StatTask(argument: _scheduler_StatTaskRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_scheduler_Task__Output>): grpc.ClientUnaryCall;
  StatTask(argument: _scheduler_StatTaskRequest, callback: grpc.requestCallback<_scheduler_Task__Output>): grpc.ClientUnaryCall;
  statTask(argument: _scheduler_StatTaskRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_scheduler_Task__Output>): grpc.ClientUnaryCall;
  statTask(argument: _scheduler_StatTaskRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_scheduler_Task__Output>): grpc.ClientUnaryCall;
  statTask(argument: _scheduler_StatTaskRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_scheduler_Task__Output>): grpc.ClientUnaryCall;
  statTask(argument: _scheduler_StatTaskRequest, callback: grpc.requestCallback<_scheduler_Task__Output>): grpc.ClientUnaryCall;
  
}

export interface SchedulerHandlers extends grpc.UntypedServiceImplementation {
  AnnounceHost: grpc.handleUnaryCall<_scheduler_AnnounceHostRequest__Output, _google_protobuf_Empty>;
  
  AnnounceTask: grpc.handleUnaryCall<_scheduler_AnnounceTaskRequest__Output, _google_protobuf_Empty>;
  
  LeaveHost: grpc.handleUnaryCall<_scheduler_LeaveHostRequest__Output, _google_protobuf_Empty>;
  
  LeaveTask: grpc.handleUnaryCall<_scheduler_PeerTarget__Output, _google_protobuf_Empty>;
  
  RegisterPeerTask: grpc.handleUnaryCall<_scheduler_PeerTaskRequest__Output, _scheduler_RegisterResult>;
  
  ReportPeerResult: grpc.handleUnaryCall<_scheduler_PeerResult__Output, _google_protobuf_Empty>;
  
  ReportPieceResult: grpc.handleBidiStreamingCall<_scheduler_PieceResult__Output, _scheduler_PeerPacket>;
  
  StatTask: grpc.handleUnaryCall<_scheduler_StatTaskRequest__Output, _scheduler_Task>;
  
}

export interface SchedulerDefinition extends grpc.ServiceDefinition {
  AnnounceHost: MethodDefinition<_scheduler_AnnounceHostRequest, _google_protobuf_Empty, _scheduler_AnnounceHostRequest__Output, _google_protobuf_Empty__Output>
  AnnounceTask: MethodDefinition<_scheduler_AnnounceTaskRequest, _google_protobuf_Empty, _scheduler_AnnounceTaskRequest__Output, _google_protobuf_Empty__Output>
  LeaveHost: MethodDefinition<_scheduler_LeaveHostRequest, _google_protobuf_Empty, _scheduler_LeaveHostRequest__Output, _google_protobuf_Empty__Output>
  LeaveTask: MethodDefinition<_scheduler_PeerTarget, _google_protobuf_Empty, _scheduler_PeerTarget__Output, _google_protobuf_Empty__Output>
  RegisterPeerTask: MethodDefinition<_scheduler_PeerTaskRequest, _scheduler_RegisterResult, _scheduler_PeerTaskRequest__Output, _scheduler_RegisterResult__Output>
  ReportPeerResult: MethodDefinition<_scheduler_PeerResult, _google_protobuf_Empty, _scheduler_PeerResult__Output, _google_protobuf_Empty__Output>
  ReportPieceResult: MethodDefinition<_scheduler_PieceResult, _scheduler_PeerPacket, _scheduler_PieceResult__Output, _scheduler_PeerPacket__Output>
  StatTask: MethodDefinition<_scheduler_StatTaskRequest, _scheduler_Task, _scheduler_StatTaskRequest__Output, _scheduler_Task__Output>
}
