// Original file: dragonfly/manager-v1.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { Empty as _google_protobuf_Empty, Empty__Output as _google_protobuf_Empty__Output } from '../google/protobuf/Empty.ts';
import type { GetSchedulerRequest as _manager_GetSchedulerRequest, GetSchedulerRequest__Output as _manager_GetSchedulerRequest__Output } from '../manager/GetSchedulerRequest.ts';
import type { GetSeedPeerRequest as _manager_GetSeedPeerRequest, GetSeedPeerRequest__Output as _manager_GetSeedPeerRequest__Output } from '../manager/GetSeedPeerRequest.ts';
import type { KeepAliveRequest as _manager_KeepAliveRequest, KeepAliveRequest__Output as _manager_KeepAliveRequest__Output } from '../manager/KeepAliveRequest.ts';
import type { ListApplicationsRequest as _manager_ListApplicationsRequest, ListApplicationsRequest__Output as _manager_ListApplicationsRequest__Output } from '../manager/ListApplicationsRequest.ts';
import type { ListApplicationsResponse as _manager_ListApplicationsResponse, ListApplicationsResponse__Output as _manager_ListApplicationsResponse__Output } from '../manager/ListApplicationsResponse.ts';
import type { ListSchedulersRequest as _manager_ListSchedulersRequest, ListSchedulersRequest__Output as _manager_ListSchedulersRequest__Output } from '../manager/ListSchedulersRequest.ts';
import type { ListSchedulersResponse as _manager_ListSchedulersResponse, ListSchedulersResponse__Output as _manager_ListSchedulersResponse__Output } from '../manager/ListSchedulersResponse.ts';
import type { ListSeedPeersRequest as _manager_ListSeedPeersRequest, ListSeedPeersRequest__Output as _manager_ListSeedPeersRequest__Output } from '../manager/ListSeedPeersRequest.ts';
import type { ListSeedPeersResponse as _manager_ListSeedPeersResponse, ListSeedPeersResponse__Output as _manager_ListSeedPeersResponse__Output } from '../manager/ListSeedPeersResponse.ts';
import type { Scheduler as _manager_Scheduler, Scheduler__Output as _manager_Scheduler__Output } from '../manager/Scheduler.ts';
import type { SeedPeer as _manager_SeedPeer, SeedPeer__Output as _manager_SeedPeer__Output } from '../manager/SeedPeer.ts';
import type { UpdateSchedulerRequest as _manager_UpdateSchedulerRequest, UpdateSchedulerRequest__Output as _manager_UpdateSchedulerRequest__Output } from '../manager/UpdateSchedulerRequest.ts';
import type { UpdateSeedPeerRequest as _manager_UpdateSeedPeerRequest, UpdateSeedPeerRequest__Output as _manager_UpdateSeedPeerRequest__Output } from '../manager/UpdateSeedPeerRequest.ts';

export interface ManagerClient extends grpc.Client {
  GetScheduler(argument: _manager_GetSchedulerRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_manager_Scheduler__Output>): grpc.ClientUnaryCall;
  GetScheduler(argument: _manager_GetSchedulerRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_manager_Scheduler__Output>): grpc.ClientUnaryCall;
  GetScheduler(argument: _manager_GetSchedulerRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_manager_Scheduler__Output>): grpc.ClientUnaryCall;
  GetScheduler(argument: _manager_GetSchedulerRequest, callback: grpc.requestCallback<_manager_Scheduler__Output>): grpc.ClientUnaryCall;
  getScheduler(argument: _manager_GetSchedulerRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_manager_Scheduler__Output>): grpc.ClientUnaryCall;
  getScheduler(argument: _manager_GetSchedulerRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_manager_Scheduler__Output>): grpc.ClientUnaryCall;
  getScheduler(argument: _manager_GetSchedulerRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_manager_Scheduler__Output>): grpc.ClientUnaryCall;
  getScheduler(argument: _manager_GetSchedulerRequest, callback: grpc.requestCallback<_manager_Scheduler__Output>): grpc.ClientUnaryCall;
  
  GetSeedPeer(argument: _manager_GetSeedPeerRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_manager_SeedPeer__Output>): grpc.ClientUnaryCall;
  GetSeedPeer(argument: _manager_GetSeedPeerRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_manager_SeedPeer__Output>): grpc.ClientUnaryCall;
  GetSeedPeer(argument: _manager_GetSeedPeerRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_manager_SeedPeer__Output>): grpc.ClientUnaryCall;
  GetSeedPeer(argument: _manager_GetSeedPeerRequest, callback: grpc.requestCallback<_manager_SeedPeer__Output>): grpc.ClientUnaryCall;
  getSeedPeer(argument: _manager_GetSeedPeerRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_manager_SeedPeer__Output>): grpc.ClientUnaryCall;
  getSeedPeer(argument: _manager_GetSeedPeerRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_manager_SeedPeer__Output>): grpc.ClientUnaryCall;
  getSeedPeer(argument: _manager_GetSeedPeerRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_manager_SeedPeer__Output>): grpc.ClientUnaryCall;
  getSeedPeer(argument: _manager_GetSeedPeerRequest, callback: grpc.requestCallback<_manager_SeedPeer__Output>): grpc.ClientUnaryCall;
  
  KeepAlive(metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientWritableStream<_manager_KeepAliveRequest>;
  KeepAlive(metadata: grpc.Metadata, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientWritableStream<_manager_KeepAliveRequest>;
  KeepAlive(options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientWritableStream<_manager_KeepAliveRequest>;
  KeepAlive(callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientWritableStream<_manager_KeepAliveRequest>;
  keepAlive(metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientWritableStream<_manager_KeepAliveRequest>;
  keepAlive(metadata: grpc.Metadata, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientWritableStream<_manager_KeepAliveRequest>;
  keepAlive(options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientWritableStream<_manager_KeepAliveRequest>;
  keepAlive(callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientWritableStream<_manager_KeepAliveRequest>;
  
  ListApplications(argument: _manager_ListApplicationsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_manager_ListApplicationsResponse__Output>): grpc.ClientUnaryCall;
  ListApplications(argument: _manager_ListApplicationsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_manager_ListApplicationsResponse__Output>): grpc.ClientUnaryCall;
  ListApplications(argument: _manager_ListApplicationsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_manager_ListApplicationsResponse__Output>): grpc.ClientUnaryCall;
  ListApplications(argument: _manager_ListApplicationsRequest, callback: grpc.requestCallback<_manager_ListApplicationsResponse__Output>): grpc.ClientUnaryCall;
  listApplications(argument: _manager_ListApplicationsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_manager_ListApplicationsResponse__Output>): grpc.ClientUnaryCall;
  listApplications(argument: _manager_ListApplicationsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_manager_ListApplicationsResponse__Output>): grpc.ClientUnaryCall;
  listApplications(argument: _manager_ListApplicationsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_manager_ListApplicationsResponse__Output>): grpc.ClientUnaryCall;
  listApplications(argument: _manager_ListApplicationsRequest, callback: grpc.requestCallback<_manager_ListApplicationsResponse__Output>): grpc.ClientUnaryCall;
  
  ListSchedulers(argument: _manager_ListSchedulersRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_manager_ListSchedulersResponse__Output>): grpc.ClientUnaryCall;
  ListSchedulers(argument: _manager_ListSchedulersRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_manager_ListSchedulersResponse__Output>): grpc.ClientUnaryCall;
  ListSchedulers(argument: _manager_ListSchedulersRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_manager_ListSchedulersResponse__Output>): grpc.ClientUnaryCall;
  ListSchedulers(argument: _manager_ListSchedulersRequest, callback: grpc.requestCallback<_manager_ListSchedulersResponse__Output>): grpc.ClientUnaryCall;
  listSchedulers(argument: _manager_ListSchedulersRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_manager_ListSchedulersResponse__Output>): grpc.ClientUnaryCall;
  listSchedulers(argument: _manager_ListSchedulersRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_manager_ListSchedulersResponse__Output>): grpc.ClientUnaryCall;
  listSchedulers(argument: _manager_ListSchedulersRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_manager_ListSchedulersResponse__Output>): grpc.ClientUnaryCall;
  listSchedulers(argument: _manager_ListSchedulersRequest, callback: grpc.requestCallback<_manager_ListSchedulersResponse__Output>): grpc.ClientUnaryCall;
  
  ListSeedPeers(argument: _manager_ListSeedPeersRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_manager_ListSeedPeersResponse__Output>): grpc.ClientUnaryCall;
  ListSeedPeers(argument: _manager_ListSeedPeersRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_manager_ListSeedPeersResponse__Output>): grpc.ClientUnaryCall;
  ListSeedPeers(argument: _manager_ListSeedPeersRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_manager_ListSeedPeersResponse__Output>): grpc.ClientUnaryCall;
  ListSeedPeers(argument: _manager_ListSeedPeersRequest, callback: grpc.requestCallback<_manager_ListSeedPeersResponse__Output>): grpc.ClientUnaryCall;
  listSeedPeers(argument: _manager_ListSeedPeersRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_manager_ListSeedPeersResponse__Output>): grpc.ClientUnaryCall;
  listSeedPeers(argument: _manager_ListSeedPeersRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_manager_ListSeedPeersResponse__Output>): grpc.ClientUnaryCall;
  listSeedPeers(argument: _manager_ListSeedPeersRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_manager_ListSeedPeersResponse__Output>): grpc.ClientUnaryCall;
  listSeedPeers(argument: _manager_ListSeedPeersRequest, callback: grpc.requestCallback<_manager_ListSeedPeersResponse__Output>): grpc.ClientUnaryCall;
  
  UpdateScheduler(argument: _manager_UpdateSchedulerRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_manager_Scheduler__Output>): grpc.ClientUnaryCall;
  UpdateScheduler(argument: _manager_UpdateSchedulerRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_manager_Scheduler__Output>): grpc.ClientUnaryCall;
  UpdateScheduler(argument: _manager_UpdateSchedulerRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_manager_Scheduler__Output>): grpc.ClientUnaryCall;
  UpdateScheduler(argument: _manager_UpdateSchedulerRequest, callback: grpc.requestCallback<_manager_Scheduler__Output>): grpc.ClientUnaryCall;
  updateScheduler(argument: _manager_UpdateSchedulerRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_manager_Scheduler__Output>): grpc.ClientUnaryCall;
  updateScheduler(argument: _manager_UpdateSchedulerRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_manager_Scheduler__Output>): grpc.ClientUnaryCall;
  updateScheduler(argument: _manager_UpdateSchedulerRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_manager_Scheduler__Output>): grpc.ClientUnaryCall;
  updateScheduler(argument: _manager_UpdateSchedulerRequest, callback: grpc.requestCallback<_manager_Scheduler__Output>): grpc.ClientUnaryCall;
  
  UpdateSeedPeer(argument: _manager_UpdateSeedPeerRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_manager_SeedPeer__Output>): grpc.ClientUnaryCall;
  UpdateSeedPeer(argument: _manager_UpdateSeedPeerRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_manager_SeedPeer__Output>): grpc.ClientUnaryCall;
  UpdateSeedPeer(argument: _manager_UpdateSeedPeerRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_manager_SeedPeer__Output>): grpc.ClientUnaryCall;
  UpdateSeedPeer(argument: _manager_UpdateSeedPeerRequest, callback: grpc.requestCallback<_manager_SeedPeer__Output>): grpc.ClientUnaryCall;
  updateSeedPeer(argument: _manager_UpdateSeedPeerRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_manager_SeedPeer__Output>): grpc.ClientUnaryCall;
  updateSeedPeer(argument: _manager_UpdateSeedPeerRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_manager_SeedPeer__Output>): grpc.ClientUnaryCall;
  updateSeedPeer(argument: _manager_UpdateSeedPeerRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_manager_SeedPeer__Output>): grpc.ClientUnaryCall;
  updateSeedPeer(argument: _manager_UpdateSeedPeerRequest, callback: grpc.requestCallback<_manager_SeedPeer__Output>): grpc.ClientUnaryCall;
  
}

export interface ManagerHandlers extends grpc.UntypedServiceImplementation {
  GetScheduler: grpc.handleUnaryCall<_manager_GetSchedulerRequest__Output, _manager_Scheduler>;
  
  GetSeedPeer: grpc.handleUnaryCall<_manager_GetSeedPeerRequest__Output, _manager_SeedPeer>;
  
  KeepAlive: grpc.handleClientStreamingCall<_manager_KeepAliveRequest__Output, _google_protobuf_Empty>;
  
  ListApplications: grpc.handleUnaryCall<_manager_ListApplicationsRequest__Output, _manager_ListApplicationsResponse>;
  
  ListSchedulers: grpc.handleUnaryCall<_manager_ListSchedulersRequest__Output, _manager_ListSchedulersResponse>;
  
  ListSeedPeers: grpc.handleUnaryCall<_manager_ListSeedPeersRequest__Output, _manager_ListSeedPeersResponse>;
  
  UpdateScheduler: grpc.handleUnaryCall<_manager_UpdateSchedulerRequest__Output, _manager_Scheduler>;
  
  UpdateSeedPeer: grpc.handleUnaryCall<_manager_UpdateSeedPeerRequest__Output, _manager_SeedPeer>;
  
}

export interface ManagerDefinition extends grpc.ServiceDefinition {
  GetScheduler: MethodDefinition<_manager_GetSchedulerRequest, _manager_Scheduler, _manager_GetSchedulerRequest__Output, _manager_Scheduler__Output>
  GetSeedPeer: MethodDefinition<_manager_GetSeedPeerRequest, _manager_SeedPeer, _manager_GetSeedPeerRequest__Output, _manager_SeedPeer__Output>
  KeepAlive: MethodDefinition<_manager_KeepAliveRequest, _google_protobuf_Empty, _manager_KeepAliveRequest__Output, _google_protobuf_Empty__Output>
  ListApplications: MethodDefinition<_manager_ListApplicationsRequest, _manager_ListApplicationsResponse, _manager_ListApplicationsRequest__Output, _manager_ListApplicationsResponse__Output>
  ListSchedulers: MethodDefinition<_manager_ListSchedulersRequest, _manager_ListSchedulersResponse, _manager_ListSchedulersRequest__Output, _manager_ListSchedulersResponse__Output>
  ListSeedPeers: MethodDefinition<_manager_ListSeedPeersRequest, _manager_ListSeedPeersResponse, _manager_ListSeedPeersRequest__Output, _manager_ListSeedPeersResponse__Output>
  UpdateScheduler: MethodDefinition<_manager_UpdateSchedulerRequest, _manager_Scheduler, _manager_UpdateSchedulerRequest__Output, _manager_Scheduler__Output>
  UpdateSeedPeer: MethodDefinition<_manager_UpdateSeedPeerRequest, _manager_SeedPeer, _manager_UpdateSeedPeerRequest__Output, _manager_SeedPeer__Output>
}
