import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { ExtendAttribute as _common_ExtendAttribute, ExtendAttribute__Output as _common_ExtendAttribute__Output } from './common/ExtendAttribute.ts';
import type { GrpcDfError as _common_GrpcDfError, GrpcDfError__Output as _common_GrpcDfError__Output } from './common/GrpcDfError.ts';
import type { Host as _common_Host, Host__Output as _common_Host__Output } from './common/Host.ts';
import type { PieceInfo as _common_PieceInfo, PieceInfo__Output as _common_PieceInfo__Output } from './common/PieceInfo.ts';
import type { PiecePacket as _common_PiecePacket, PiecePacket__Output as _common_PiecePacket__Output } from './common/PiecePacket.ts';
import type { PieceTaskRequest as _common_PieceTaskRequest, PieceTaskRequest__Output as _common_PieceTaskRequest__Output } from './common/PieceTaskRequest.ts';
import type { UrlMeta as _common_UrlMeta, UrlMeta__Output as _common_UrlMeta__Output } from './common/UrlMeta.ts';
import type { SourceError as _errordetails_SourceError, SourceError__Output as _errordetails_SourceError__Output } from './errordetails/SourceError.ts';
import type { Empty as _google_protobuf_Empty, Empty__Output as _google_protobuf_Empty__Output } from './google/protobuf/Empty.ts';
import type { AnnounceHostRequest as _scheduler_AnnounceHostRequest, AnnounceHostRequest__Output as _scheduler_AnnounceHostRequest__Output } from './scheduler/AnnounceHostRequest.ts';
import type { AnnounceTaskRequest as _scheduler_AnnounceTaskRequest, AnnounceTaskRequest__Output as _scheduler_AnnounceTaskRequest__Output } from './scheduler/AnnounceTaskRequest.ts';
import type { Build as _scheduler_Build, Build__Output as _scheduler_Build__Output } from './scheduler/Build.ts';
import type { CPU as _scheduler_CPU, CPU__Output as _scheduler_CPU__Output } from './scheduler/CPU.ts';
import type { CPUTimes as _scheduler_CPUTimes, CPUTimes__Output as _scheduler_CPUTimes__Output } from './scheduler/CPUTimes.ts';
import type { Disk as _scheduler_Disk, Disk__Output as _scheduler_Disk__Output } from './scheduler/Disk.ts';
import type { LeaveHostRequest as _scheduler_LeaveHostRequest, LeaveHostRequest__Output as _scheduler_LeaveHostRequest__Output } from './scheduler/LeaveHostRequest.ts';
import type { Memory as _scheduler_Memory, Memory__Output as _scheduler_Memory__Output } from './scheduler/Memory.ts';
import type { Network as _scheduler_Network, Network__Output as _scheduler_Network__Output } from './scheduler/Network.ts';
import type { PeerHost as _scheduler_PeerHost, PeerHost__Output as _scheduler_PeerHost__Output } from './scheduler/PeerHost.ts';
import type { PeerPacket as _scheduler_PeerPacket, PeerPacket__Output as _scheduler_PeerPacket__Output } from './scheduler/PeerPacket.ts';
import type { PeerResult as _scheduler_PeerResult, PeerResult__Output as _scheduler_PeerResult__Output } from './scheduler/PeerResult.ts';
import type { PeerTarget as _scheduler_PeerTarget, PeerTarget__Output as _scheduler_PeerTarget__Output } from './scheduler/PeerTarget.ts';
import type { PeerTaskRequest as _scheduler_PeerTaskRequest, PeerTaskRequest__Output as _scheduler_PeerTaskRequest__Output } from './scheduler/PeerTaskRequest.ts';
import type { PieceResult as _scheduler_PieceResult, PieceResult__Output as _scheduler_PieceResult__Output } from './scheduler/PieceResult.ts';
import type { RegisterResult as _scheduler_RegisterResult, RegisterResult__Output as _scheduler_RegisterResult__Output } from './scheduler/RegisterResult.ts';
import type { SchedulerClient as _scheduler_SchedulerClient, SchedulerDefinition as _scheduler_SchedulerDefinition } from './scheduler/Scheduler.ts';
import type { SinglePiece as _scheduler_SinglePiece, SinglePiece__Output as _scheduler_SinglePiece__Output } from './scheduler/SinglePiece.ts';
import type { StatTaskRequest as _scheduler_StatTaskRequest, StatTaskRequest__Output as _scheduler_StatTaskRequest__Output } from './scheduler/StatTaskRequest.ts';
import type { Task as _scheduler_Task, Task__Output as _scheduler_Task__Output } from './scheduler/Task.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  common: {
    Code: EnumTypeDefinition
    ExtendAttribute: MessageTypeDefinition<_common_ExtendAttribute, _common_ExtendAttribute__Output>
    GrpcDfError: MessageTypeDefinition<_common_GrpcDfError, _common_GrpcDfError__Output>
    Host: MessageTypeDefinition<_common_Host, _common_Host__Output>
    PieceInfo: MessageTypeDefinition<_common_PieceInfo, _common_PieceInfo__Output>
    PiecePacket: MessageTypeDefinition<_common_PiecePacket, _common_PiecePacket__Output>
    PieceStyle: EnumTypeDefinition
    PieceTaskRequest: MessageTypeDefinition<_common_PieceTaskRequest, _common_PieceTaskRequest__Output>
    Priority: EnumTypeDefinition
    SizeScope: EnumTypeDefinition
    TaskType: EnumTypeDefinition
    UrlMeta: MessageTypeDefinition<_common_UrlMeta, _common_UrlMeta__Output>
  }
  errordetails: {
    SourceError: MessageTypeDefinition<_errordetails_SourceError, _errordetails_SourceError__Output>
  }
  google: {
    protobuf: {
      Empty: MessageTypeDefinition<_google_protobuf_Empty, _google_protobuf_Empty__Output>
    }
  }
  scheduler: {
    AnnounceHostRequest: MessageTypeDefinition<_scheduler_AnnounceHostRequest, _scheduler_AnnounceHostRequest__Output>
    AnnounceTaskRequest: MessageTypeDefinition<_scheduler_AnnounceTaskRequest, _scheduler_AnnounceTaskRequest__Output>
    Build: MessageTypeDefinition<_scheduler_Build, _scheduler_Build__Output>
    CPU: MessageTypeDefinition<_scheduler_CPU, _scheduler_CPU__Output>
    CPUTimes: MessageTypeDefinition<_scheduler_CPUTimes, _scheduler_CPUTimes__Output>
    Disk: MessageTypeDefinition<_scheduler_Disk, _scheduler_Disk__Output>
    LeaveHostRequest: MessageTypeDefinition<_scheduler_LeaveHostRequest, _scheduler_LeaveHostRequest__Output>
    Memory: MessageTypeDefinition<_scheduler_Memory, _scheduler_Memory__Output>
    Network: MessageTypeDefinition<_scheduler_Network, _scheduler_Network__Output>
    PeerHost: MessageTypeDefinition<_scheduler_PeerHost, _scheduler_PeerHost__Output>
    PeerPacket: MessageTypeDefinition<_scheduler_PeerPacket, _scheduler_PeerPacket__Output>
    PeerResult: MessageTypeDefinition<_scheduler_PeerResult, _scheduler_PeerResult__Output>
    PeerTarget: MessageTypeDefinition<_scheduler_PeerTarget, _scheduler_PeerTarget__Output>
    PeerTaskRequest: MessageTypeDefinition<_scheduler_PeerTaskRequest, _scheduler_PeerTaskRequest__Output>
    PieceResult: MessageTypeDefinition<_scheduler_PieceResult, _scheduler_PieceResult__Output>
    RegisterResult: MessageTypeDefinition<_scheduler_RegisterResult, _scheduler_RegisterResult__Output>
    Scheduler: SubtypeConstructor<typeof grpc.Client, _scheduler_SchedulerClient> & { service: _scheduler_SchedulerDefinition }
    SinglePiece: MessageTypeDefinition<_scheduler_SinglePiece, _scheduler_SinglePiece__Output>
    StatTaskRequest: MessageTypeDefinition<_scheduler_StatTaskRequest, _scheduler_StatTaskRequest__Output>
    Task: MessageTypeDefinition<_scheduler_Task, _scheduler_Task__Output>
  }
}

