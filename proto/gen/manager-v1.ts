import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { ExtendAttribute as _common_ExtendAttribute, ExtendAttribute__Output as _common_ExtendAttribute__Output } from './common/ExtendAttribute.ts';
import type { GrpcDfError as _common_GrpcDfError, GrpcDfError__Output as _common_GrpcDfError__Output } from './common/GrpcDfError.ts';
import type { Host as _common_Host, Host__Output as _common_Host__Output } from './common/Host.ts';
import type { PieceInfo as _common_PieceInfo, PieceInfo__Output as _common_PieceInfo__Output } from './common/PieceInfo.ts';
import type { PiecePacket as _common_PiecePacket, PiecePacket__Output as _common_PiecePacket__Output } from './common/PiecePacket.ts';
import type { PieceTaskRequest as _common_PieceTaskRequest, PieceTaskRequest__Output as _common_PieceTaskRequest__Output } from './common/PieceTaskRequest.ts';
import type { UrlMeta as _common_UrlMeta, UrlMeta__Output as _common_UrlMeta__Output } from './common/UrlMeta.ts';
import type { Empty as _google_protobuf_Empty, Empty__Output as _google_protobuf_Empty__Output } from './google/protobuf/Empty.ts';
import type { Application as _manager_Application, Application__Output as _manager_Application__Output } from './manager/Application.ts';
import type { ApplicationPriority as _manager_ApplicationPriority, ApplicationPriority__Output as _manager_ApplicationPriority__Output } from './manager/ApplicationPriority.ts';
import type { GetSchedulerRequest as _manager_GetSchedulerRequest, GetSchedulerRequest__Output as _manager_GetSchedulerRequest__Output } from './manager/GetSchedulerRequest.ts';
import type { GetSeedPeerRequest as _manager_GetSeedPeerRequest, GetSeedPeerRequest__Output as _manager_GetSeedPeerRequest__Output } from './manager/GetSeedPeerRequest.ts';
import type { KeepAliveRequest as _manager_KeepAliveRequest, KeepAliveRequest__Output as _manager_KeepAliveRequest__Output } from './manager/KeepAliveRequest.ts';
import type { ListApplicationsRequest as _manager_ListApplicationsRequest, ListApplicationsRequest__Output as _manager_ListApplicationsRequest__Output } from './manager/ListApplicationsRequest.ts';
import type { ListApplicationsResponse as _manager_ListApplicationsResponse, ListApplicationsResponse__Output as _manager_ListApplicationsResponse__Output } from './manager/ListApplicationsResponse.ts';
import type { ListSchedulersRequest as _manager_ListSchedulersRequest, ListSchedulersRequest__Output as _manager_ListSchedulersRequest__Output } from './manager/ListSchedulersRequest.ts';
import type { ListSchedulersResponse as _manager_ListSchedulersResponse, ListSchedulersResponse__Output as _manager_ListSchedulersResponse__Output } from './manager/ListSchedulersResponse.ts';
import type { ListSeedPeersRequest as _manager_ListSeedPeersRequest, ListSeedPeersRequest__Output as _manager_ListSeedPeersRequest__Output } from './manager/ListSeedPeersRequest.ts';
import type { ListSeedPeersResponse as _manager_ListSeedPeersResponse, ListSeedPeersResponse__Output as _manager_ListSeedPeersResponse__Output } from './manager/ListSeedPeersResponse.ts';
import type { ManagerClient as _manager_ManagerClient, ManagerDefinition as _manager_ManagerDefinition } from './manager/Manager.ts';
import type { Scheduler as _manager_Scheduler, Scheduler__Output as _manager_Scheduler__Output } from './manager/Scheduler.ts';
import type { SchedulerCluster as _manager_SchedulerCluster, SchedulerCluster__Output as _manager_SchedulerCluster__Output } from './manager/SchedulerCluster.ts';
import type { SeedPeer as _manager_SeedPeer, SeedPeer__Output as _manager_SeedPeer__Output } from './manager/SeedPeer.ts';
import type { SeedPeerCluster as _manager_SeedPeerCluster, SeedPeerCluster__Output as _manager_SeedPeerCluster__Output } from './manager/SeedPeerCluster.ts';
import type { URLPriority as _manager_URLPriority, URLPriority__Output as _manager_URLPriority__Output } from './manager/URLPriority.ts';
import type { UpdateSchedulerRequest as _manager_UpdateSchedulerRequest, UpdateSchedulerRequest__Output as _manager_UpdateSchedulerRequest__Output } from './manager/UpdateSchedulerRequest.ts';
import type { UpdateSeedPeerRequest as _manager_UpdateSeedPeerRequest, UpdateSeedPeerRequest__Output as _manager_UpdateSeedPeerRequest__Output } from './manager/UpdateSeedPeerRequest.ts';

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
  google: {
    protobuf: {
      Empty: MessageTypeDefinition<_google_protobuf_Empty, _google_protobuf_Empty__Output>
    }
  }
  manager: {
    Application: MessageTypeDefinition<_manager_Application, _manager_Application__Output>
    ApplicationPriority: MessageTypeDefinition<_manager_ApplicationPriority, _manager_ApplicationPriority__Output>
    GetSchedulerRequest: MessageTypeDefinition<_manager_GetSchedulerRequest, _manager_GetSchedulerRequest__Output>
    GetSeedPeerRequest: MessageTypeDefinition<_manager_GetSeedPeerRequest, _manager_GetSeedPeerRequest__Output>
    KeepAliveRequest: MessageTypeDefinition<_manager_KeepAliveRequest, _manager_KeepAliveRequest__Output>
    ListApplicationsRequest: MessageTypeDefinition<_manager_ListApplicationsRequest, _manager_ListApplicationsRequest__Output>
    ListApplicationsResponse: MessageTypeDefinition<_manager_ListApplicationsResponse, _manager_ListApplicationsResponse__Output>
    ListSchedulersRequest: MessageTypeDefinition<_manager_ListSchedulersRequest, _manager_ListSchedulersRequest__Output>
    ListSchedulersResponse: MessageTypeDefinition<_manager_ListSchedulersResponse, _manager_ListSchedulersResponse__Output>
    ListSeedPeersRequest: MessageTypeDefinition<_manager_ListSeedPeersRequest, _manager_ListSeedPeersRequest__Output>
    ListSeedPeersResponse: MessageTypeDefinition<_manager_ListSeedPeersResponse, _manager_ListSeedPeersResponse__Output>
    Manager: SubtypeConstructor<typeof grpc.Client, _manager_ManagerClient> & { service: _manager_ManagerDefinition }
    Scheduler: MessageTypeDefinition<_manager_Scheduler, _manager_Scheduler__Output>
    SchedulerCluster: MessageTypeDefinition<_manager_SchedulerCluster, _manager_SchedulerCluster__Output>
    SeedPeer: MessageTypeDefinition<_manager_SeedPeer, _manager_SeedPeer__Output>
    SeedPeerCluster: MessageTypeDefinition<_manager_SeedPeerCluster, _manager_SeedPeerCluster__Output>
    SourceType: EnumTypeDefinition
    URLPriority: MessageTypeDefinition<_manager_URLPriority, _manager_URLPriority__Output>
    UpdateSchedulerRequest: MessageTypeDefinition<_manager_UpdateSchedulerRequest, _manager_UpdateSchedulerRequest__Output>
    UpdateSeedPeerRequest: MessageTypeDefinition<_manager_UpdateSeedPeerRequest, _manager_UpdateSeedPeerRequest__Output>
  }
}

