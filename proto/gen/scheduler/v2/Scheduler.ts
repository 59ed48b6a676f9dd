// Original file: dragonfly/scheduler-v2.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { AnnounceCachePeerRequest as _scheduler_v2_AnnounceCachePeerRequest, AnnounceCachePeerRequest__Output as _scheduler_v2_AnnounceCachePeerRequest__Output } from '../../scheduler/v2/AnnounceCachePeerRequest.ts';
import type { AnnounceCachePeerResponse as _scheduler_v2_AnnounceCachePeerResponse, AnnounceCachePeerResponse__Output as _scheduler_v2_AnnounceCachePeerResponse__Output } from '../../scheduler/v2/AnnounceCachePeerResponse.ts';
import type { AnnounceHostRequest as _scheduler_v2_AnnounceHostRequest, AnnounceHostRequest__Output as _scheduler_v2_AnnounceHostRequest__Output } from '../../scheduler/v2/AnnounceHostRequest.ts';
import type { AnnouncePeerRequest as _scheduler_v2_AnnouncePeerRequest, AnnouncePeerRequest__Output as _scheduler_v2_AnnouncePeerRequest__Output } from '../../scheduler/v2/AnnouncePeerRequest.ts';
import type { AnnouncePeerResponse as _scheduler_v2_AnnouncePeerResponse, AnnouncePeerResponse__Output as _scheduler_v2_AnnouncePeerResponse__Output } from '../../scheduler/v2/AnnouncePeerResponse.ts';
import type { AnnouncePersistentCachePeerRequest as _scheduler_v2_AnnouncePersistentCachePeerRequest, AnnouncePersistentCachePeerRequest__Output as _scheduler_v2_AnnouncePersistentCachePeerRequest__Output } from '../../scheduler/v2/AnnouncePersistentCachePeerRequest.ts';
import type { AnnouncePersistentCachePeerResponse as _scheduler_v2_AnnouncePersistentCachePeerResponse, AnnouncePersistentCachePeerResponse__Output as _scheduler_v2_AnnouncePersistentCachePeerResponse__Output } from '../../scheduler/v2/AnnouncePersistentCachePeerResponse.ts';
import type { AnnouncePersistentPeerRequest as _scheduler_v2_AnnouncePersistentPeerRequest, AnnouncePersistentPeerRequest__Output as _scheduler_v2_AnnouncePersistentPeerRequest__Output } from '../../scheduler/v2/AnnouncePersistentPeerRequest.ts';
import type { AnnouncePersistentPeerResponse as _scheduler_v2_AnnouncePersistentPeerResponse, AnnouncePersistentPeerResponse__Output as _scheduler_v2_AnnouncePersistentPeerResponse__Output } from '../../scheduler/v2/AnnouncePersistentPeerResponse.ts';
import type { CachePeer as _common_v2_CachePeer, CachePeer__Output as _common_v2_CachePeer__Output } from '../../common/v2/CachePeer.ts';
import type { CacheTask as _common_v2_CacheTask, CacheTask__Output as _common_v2_CacheTask__Output } from '../../common/v2/CacheTask.ts';
import type { DeleteCachePeerRequest as _scheduler_v2_DeleteCachePeerRequest, DeleteCachePeerRequest__Output as _scheduler_v2_DeleteCachePeerRequest__Output } from '../../scheduler/v2/DeleteCachePeerRequest.ts';
import type { DeleteCacheTaskRequest as _scheduler_v2_DeleteCacheTaskRequest, DeleteCacheTaskRequest__Output as _scheduler_v2_DeleteCacheTaskRequest__Output } from '../../scheduler/v2/DeleteCacheTaskRequest.ts';
import type { DeleteHostRequest as _scheduler_v2_DeleteHostRequest, DeleteHostRequest__Output as _scheduler_v2_DeleteHostRequest__Output } from '../../scheduler/v2/DeleteHostRequest.ts';
import type { DeletePeerRequest as _scheduler_v2_DeletePeerRequest, DeletePeerRequest__Output as _scheduler_v2_DeletePeerRequest__Output } from '../../scheduler/v2/DeletePeerRequest.ts';
import type { DeletePersistentCachePeerRequest as _scheduler_v2_DeletePersistentCachePeerRequest, DeletePersistentCachePeerRequest__Output as _scheduler_v2_DeletePersistentCachePeerRequest__Output } from '../../scheduler/v2/DeletePersistentCachePeerRequest.ts';
import type { DeletePersistentCacheTaskRequest as _scheduler_v2_DeletePersistentCacheTaskRequest, DeletePersistentCacheTaskRequest__Output as _scheduler_v2_DeletePersistentCacheTaskRequest__Output } from '../../scheduler/v2/DeletePersistentCacheTaskRequest.ts';
import type { DeletePersistentPeerRequest as _scheduler_v2_DeletePersistentPeerRequest, DeletePersistentPeerRequest__Output as _scheduler_v2_DeletePersistentPeerRequest__Output } from '../../scheduler/v2/DeletePersistentPeerRequest.ts';
import type { DeletePersistentTaskRequest as _scheduler_v2_DeletePersistentTaskRequest, DeletePersistentTaskRequest__Output as _scheduler_v2_DeletePersistentTaskRequest__Output } from '../../scheduler/v2/DeletePersistentTaskRequest.ts';
import type { DeleteTaskRequest as _scheduler_v2_DeleteTaskRequest, DeleteTaskRequest__Output as _scheduler_v2_DeleteTaskRequest__Output } from '../../scheduler/v2/DeleteTaskRequest.ts';
import type { Empty as _google_protobuf_Empty, Empty__Output as _google_protobuf_Empty__Output } from '../../google/protobuf/Empty.ts';
import type { ListHostsRequest as _scheduler_v2_ListHostsRequest, ListHostsRequest__Output as _scheduler_v2_ListHostsRequest__Output } from '../../scheduler/v2/ListHostsRequest.ts';
import type { ListHostsResponse as _scheduler_v2_ListHostsResponse, ListHostsResponse__Output as _scheduler_v2_ListHostsResponse__Output } from '../../scheduler/v2/ListHostsResponse.ts';
import type { Peer as _common_v2_Peer, Peer__Output as _common_v2_Peer__Output } from '../../common/v2/Peer.ts';
import type { PersistentCachePeer as _common_v2_PersistentCachePeer, PersistentCachePeer__Output as _common_v2_PersistentCachePeer__Output } from '../../common/v2/PersistentCachePeer.ts';
import type { PersistentCacheTask as _common_v2_PersistentCacheTask, PersistentCacheTask__Output as _common_v2_PersistentCacheTask__Output } from '../../common/v2/PersistentCacheTask.ts';
import type { PersistentPeer as _common_v2_PersistentPeer, PersistentPeer__Output as _common_v2_PersistentPeer__Output } from '../../common/v2/PersistentPeer.ts';
import type { PersistentTask as _common_v2_PersistentTask, PersistentTask__Output as _common_v2_PersistentTask__Output } from '../../common/v2/PersistentTask.ts';
import type { PreheatFileRequest as _scheduler_v2_PreheatFileRequest, PreheatFileRequest__Output as _scheduler_v2_PreheatFileRequest__Output } from '../../scheduler/v2/PreheatFileRequest.ts';
import type { PreheatImageRequest as _scheduler_v2_PreheatImageRequest, PreheatImageRequest__Output as _scheduler_v2_PreheatImageRequest__Output } from '../../scheduler/v2/PreheatImageRequest.ts';
import type { StatCachePeerRequest as _scheduler_v2_StatCachePeerRequest, StatCachePeerRequest__Output as _scheduler_v2_StatCachePeerRequest__Output } from '../../scheduler/v2/StatCachePeerRequest.ts';
import type { StatCacheTaskRequest as _scheduler_v2_StatCacheTaskRequest, StatCacheTaskRequest__Output as _scheduler_v2_StatCacheTaskRequest__Output } from '../../scheduler/v2/StatCacheTaskRequest.ts';
import type { StatFileRequest as _scheduler_v2_StatFileRequest, StatFileRequest__Output as _scheduler_v2_StatFileRequest__Output } from '../../scheduler/v2/StatFileRequest.ts';
import type { StatFileResponse as _scheduler_v2_StatFileResponse, StatFileResponse__Output as _scheduler_v2_StatFileResponse__Output } from '../../scheduler/v2/StatFileResponse.ts';
import type { StatImageRequest as _scheduler_v2_StatImageRequest, StatImageRequest__Output as _scheduler_v2_StatImageRequest__Output } from '../../scheduler/v2/StatImageRequest.ts';
import type { StatImageResponse as _scheduler_v2_StatImageResponse, StatImageResponse__Output as _scheduler_v2_StatImageResponse__Output } from '../../scheduler/v2/StatImageResponse.ts';
import type { StatPeerRequest as _scheduler_v2_StatPeerRequest, StatPeerRequest__Output as _scheduler_v2_StatPeerRequest__Output } from '../../scheduler/v2/StatPeerRequest.ts';
import type { StatPersistentCachePeerRequest as _scheduler_v2_StatPersistentCachePeerRequest, StatPersistentCachePeerRequest__Output as _scheduler_v2_StatPersistentCachePeerRequest__Output } from '../../scheduler/v2/StatPersistentCachePeerRequest.ts';
import type { StatPersistentCacheTaskRequest as _scheduler_v2_StatPersistentCacheTaskRequest, StatPersistentCacheTaskRequest__Output as _scheduler_v2_StatPersistentCacheTaskRequest__Output } from '../../scheduler/v2/StatPersistentCacheTaskRequest.ts';
import type { StatPersistentPeerRequest as _scheduler_v2_StatPersistentPeerRequest, StatPersistentPeerRequest__Output as _scheduler_v2_StatPersistentPeerRequest__Output } from '../../scheduler/v2/StatPersistentPeerRequest.ts';
import type { StatPersistentTaskRequest as _scheduler_v2_StatPersistentTaskRequest, StatPersistentTaskRequest__Output as _scheduler_v2_StatPersistentTaskRequest__Output } from '../../scheduler/v2/StatPersistentTaskRequest.ts';
import type { StatTaskRequest as _scheduler_v2_StatTaskRequest, StatTaskRequest__Output as _scheduler_v2_StatTaskRequest__Output } from '../../scheduler/v2/StatTaskRequest.ts';
import type { Task as _common_v2_Task, Task__Output as _common_v2_Task__Output } from '../../common/v2/Task.ts';
import type { UploadPersistentCacheTaskFailedRequest as _scheduler_v2_UploadPersistentCacheTaskFailedRequest, UploadPersistentCacheTaskFailedRequest__Output as _scheduler_v2_UploadPersistentCacheTaskFailedRequest__Output } from '../../scheduler/v2/UploadPersistentCacheTaskFailedRequest.ts';
import type { UploadPersistentCacheTaskFinishedRequest as _scheduler_v2_UploadPersistentCacheTaskFinishedRequest, UploadPersistentCacheTaskFinishedRequest__Output as _scheduler_v2_UploadPersistentCacheTaskFinishedRequest__Output } from '../../scheduler/v2/UploadPersistentCacheTaskFinishedRequest.ts';
import type { UploadPersistentCacheTaskStartedRequest as _scheduler_v2_UploadPersistentCacheTaskStartedRequest, UploadPersistentCacheTaskStartedRequest__Output as _scheduler_v2_UploadPersistentCacheTaskStartedRequest__Output } from '../../scheduler/v2/UploadPersistentCacheTaskStartedRequest.ts';
import type { UploadPersistentTaskFailedRequest as _scheduler_v2_UploadPersistentTaskFailedRequest, UploadPersistentTaskFailedRequest__Output as _scheduler_v2_UploadPersistentTaskFailedRequest__Output } from '../../scheduler/v2/UploadPersistentTaskFailedRequest.ts';
import type { UploadPersistentTaskFinishedRequest as _scheduler_v2_UploadPersistentTaskFinishedRequest, UploadPersistentTaskFinishedRequest__Output as _scheduler_v2_UploadPersistentTaskFinishedRequest__Output } from '../../scheduler/v2/UploadPersistentTaskFinishedRequest.ts';
import type { UploadPersistentTaskStartedRequest as _scheduler_v2_UploadPersistentTaskStartedRequest, UploadPersistentTaskStartedRequest__Output as _scheduler_v2_UploadPersistentTaskStartedRequest__Output } from '../../scheduler/v2/UploadPersistentTaskStartedRequest.ts';

export interface SchedulerClient extends grpc.Client {
  AnnounceCachePeer(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_scheduler_v2_AnnounceCachePeerRequest, _scheduler_v2_AnnounceCachePeerResponse__Output>;
  AnnounceCachePeer(options?: grpc.CallOptions): grpc.ClientDuplexStream<_scheduler_v2_AnnounceCachePeerRequest, _scheduler_v2_AnnounceCachePeerResponse__Output>;
  announceCachePeer(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_scheduler_v2_AnnounceCachePeerRequest, _scheduler_v2_AnnounceCachePeerResponse__Output>;
  announceCachePeer(options?: grpc.CallOptions): grpc.ClientDuplexStream<_scheduler_v2_AnnounceCachePeerRequest, _scheduler_v2_AnnounceCachePeerResponse__Output>;
  
  AnnounceHost(argument: _scheduler_v2_AnnounceHostRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  AnnounceHost(argument: _scheduler_v2_AnnounceHostRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  AnnounceHost(argument: _scheduler_v2_AnnounceHostRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  AnnounceHost(argument: _scheduler_v2_AnnounceHostRequest, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  announceHost(argument: _scheduler_v2_AnnounceHostRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  announceHost(argument: _scheduler_v2_AnnounceHostRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  announceHost(argument: _scheduler_v2_AnnounceHostRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  announceHost(argument: _scheduler_v2_AnnounceHostRequest, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  
  AnnouncePeer(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_scheduler_v2_AnnouncePeerRequest, _scheduler_v2_AnnouncePeerResponse__Output>;
  AnnouncePeer(options?: grpc.CallOptions): grpc.ClientDuplexStream<_scheduler_v2_AnnouncePeerRequest, _scheduler_v2_AnnouncePeerResponse__Output>;
  announcePeer(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_scheduler_v2_AnnouncePeerRequest, _scheduler_v2_AnnouncePeerResponse__Output>;
  announcePeer(options?: grpc.CallOptions): grpc.ClientDuplexStream<_scheduler_v2_AnnouncePeerRequest, _scheduler_v2_AnnouncePeerResponse__Output>;
  
  AnnouncePersistentCachePeer(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_scheduler_v2_AnnouncePersistentCachePeerRequest, _scheduler_v2_AnnouncePersistentCachePeerResponse__Output>;
  AnnouncePersistentCachePeer(options?: grpc.CallOptions): grpc.ClientDuplexStream<_scheduler_v2_AnnouncePersistentCachePeerRequest, _scheduler_v2_AnnouncePersistentCachePeerResponse__Output>;
  announcePersistentCachePeer(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_scheduler_v2_AnnouncePersistentCachePeerRequest, _scheduler_v2_AnnouncePersistentCachePeerResponse__Output>;
  announcePersistentCachePeer(options?: grpc.CallOptions): grpc.ClientDuplexStream<_scheduler_v2_AnnouncePersistentCachePeerRequest, _scheduler_v2_AnnouncePersistentCachePeerResponse__Output>;
  
  AnnouncePersistentPeer(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_scheduler_v2_AnnouncePersistentPeerRequest, _scheduler_v2_AnnouncePersistentPeerResponse__Output>;
  AnnouncePersistentPeer(options?: grpc.CallOptions): grpc.ClientDuplexStream<_scheduler_v2_AnnouncePersistentPeerRequest, _scheduler_v2_AnnouncePersistentPeerResponse__Output>;
  announcePersistentPeer(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_scheduler_v2_AnnouncePersistentPeerRequest, _scheduler_v2_AnnouncePersistentPeerResponse__Output>;
  announcePersistentPeer(options?: grpc.CallOptions): grpc.ClientDuplexStream<_scheduler_v2_AnnouncePersistentPeerRequest, _scheduler_v2_AnnouncePersistentPeerResponse__Output>;
  
  DeleteCachePeer(argument: _scheduler_v2_DeleteCachePeerRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  DeleteCachePeer(argument: _scheduler_v2_DeleteCachePeerRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  DeleteCachePeer(argument: _scheduler_v2_DeleteCachePeerRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  DeleteCachePeer(argument: _scheduler_v2_DeleteCachePeerRequest, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  deleteCachePeer(argument: _scheduler_v2_DeleteCachePeerRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  deleteCachePeer(argument: _scheduler_v2_DeleteCachePeerRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  deleteCachePeer(argument: _scheduler_v2_DeleteCachePeerRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  deleteCachePeer(argument: _scheduler_v2_DeleteCachePeerRequest, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  
  DeleteCacheTask(argument: _scheduler_v2_DeleteCacheTaskRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  DeleteCacheTask(argument: _scheduler_v2_DeleteCacheTaskRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  DeleteCacheTask(argument: _scheduler_v2_DeleteCacheTaskRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  DeleteCacheTask(argument: _scheduler_v2_DeleteCacheTaskRequest, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  deleteCacheTask(argument: _scheduler_v2_DeleteCacheTaskRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  deleteCacheTask(argument: _scheduler_v2_DeleteCacheTaskRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  deleteCacheTask(argument: _scheduler_v2_DeleteCacheTaskRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  deleteCacheTask(argument: _scheduler_v2_DeleteCacheTaskRequest, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  
  DeleteHost(argument: _scheduler_v2_DeleteHostRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  DeleteHost(argument: _scheduler_v2_DeleteHostRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  DeleteHost(argument: _scheduler_v2_DeleteHostRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  DeleteHost(argument: _scheduler_v2_DeleteHostRequest, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  deleteHost(argument: _scheduler_v2_DeleteHostRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  deleteHost(argument: _scheduler_v2_DeleteHostRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  deleteHost(argument: _scheduler_v2_DeleteHostRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  deleteHost(argument: _scheduler_v2_DeleteHostRequest, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  
  DeletePeer(argument: _scheduler_v2_DeletePeerRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  DeletePeer(argument: _scheduler_v2_DeletePeerRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  DeletePeer(argument: _scheduler_v2_DeletePeerRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  DeletePeer(argument: _scheduler_v2_DeletePeerRequest, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  deletePeer(argument: _scheduler_v2_DeletePeerRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  deletePeer(argument: _scheduler_v2_DeletePeerRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  deletePeer(argument: _scheduler_v2_DeletePeerRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  deletePeer(argument: _scheduler_v2_DeletePeerRequest, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  
  DeletePersistentCachePeer(argument: _scheduler_v2_DeletePersistentCachePeerRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  DeletePersistentCachePeer(argument: _scheduler_v2_DeletePersistentCachePeerRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  DeletePersistentCachePeer(argument: _scheduler_v2_DeletePersistentCachePeerRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  DeletePersistentCachePeer(argument: _scheduler_v2_DeletePersistentCachePeerRequest, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  deletePersistentCachePeer(argument: _scheduler_v2_DeletePersistentCachePeerRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  deletePersistentCachePeer(argument: _scheduler_v2_DeletePersistentCachePeerRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  deletePersistentCachePeer(argument: _scheduler_v2_DeletePersistentCachePeerRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  deletePersistentCachePeer(argument: _scheduler_v2_DeletePersistentCachePeerRequest, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  
  DeletePersistentCacheTask(argument: _scheduler_v2_DeletePersistentCacheTaskRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  DeletePersistentCacheTask(argument: _scheduler_v2_DeletePersistentCacheTaskRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  DeletePersistentCacheTask(argument: _scheduler_v2_DeletePersistentCacheTaskRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  DeletePersistentCacheTask(argument: _scheduler_v2_DeletePersistentCacheTaskRequest, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  deletePersistentCacheTask(argument: _scheduler_v2_DeletePersistentCacheTaskRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  deletePersistentCacheTask(argument: _scheduler_v2_DeletePersistentCacheTaskRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  deletePersistentCacheTask(argument: _scheduler_v2_DeletePersistentCacheTaskRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  deletePersistentCacheTask(argument: _scheduler_v2_DeletePersistentCacheTaskRequest, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  
  DeletePersistentPeer(argument: _scheduler_v2_DeletePersistentPeerRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  DeletePersistentPeer(argument: _scheduler_v2_DeletePersistentPeerRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  DeletePersistentPeer(argument: _scheduler_v2_DeletePersistentPeerRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  DeletePersistentPeer(argument: _scheduler_v2_DeletePersistentPeerRequest, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  deletePersistentPeer(argument: _scheduler_v2_DeletePersistentPeerRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  deletePersistentPeer(argument: _scheduler_v2_DeletePersistentPeerRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  deletePersistentPeer(argument: _scheduler_v2_DeletePersistentPeerRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  deletePersistentPeer(argument: _scheduler_v2_DeletePersistentPeerRequest, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  
  DeletePersistentTask(argument: _scheduler_v2_DeletePersistentTaskRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  DeletePersistentTask(argument: _scheduler_v2_DeletePersistentTaskRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  DeletePersistentTask(argument: _scheduler_v2_DeletePersistentTaskRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  DeletePersistentTask(argument: _scheduler_v2_DeletePersistentTaskRequest, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  deletePersistentTask(argument: _scheduler_v2_DeletePersistentTaskRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  deletePersistentTask(argument: _scheduler_v2_DeletePersistentTaskRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  deletePersistentTask(argument: _scheduler_v2_DeletePersistentTaskRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  deletePersistentTask(argument: _scheduler_v2_DeletePersistentTaskRequest, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  
  DeleteTask(argument: _scheduler_v2_DeleteTaskRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  DeleteTask(argument: _scheduler_v2_DeleteTaskRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  DeleteTask(argument: _scheduler_v2_DeleteTaskRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  DeleteTask(argument: _scheduler_v2_DeleteTaskRequest, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  deleteTask(argument: _scheduler_v2_DeleteTaskRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  deleteTask(argument: _scheduler_v2_DeleteTaskRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  deleteTask(argument: _scheduler_v2_DeleteTaskRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  deleteTask(argument: _scheduler_v2_DeleteTaskRequest, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  
  ListHosts(argument: _scheduler_v2_ListHostsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_scheduler_v2_ListHostsResponse__Output>): grpc.ClientUnaryCall;
  ListHosts(argument: _scheduler_v2_ListHostsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_scheduler_v2_ListHostsResponse__Output>): grpc.ClientUnaryCall;
  ListHosts(argument: _scheduler_v2_ListHostsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_scheduler_v2_ListHostsResponse__Output>): grpc.ClientUnaryCall;
  ListHosts(argument: _scheduler_v2_ListHostsRequest, callback: grpc.requestCallback<_scheduler_v2_ListHostsResponse__Output>): grpc.ClientUnaryCall;
  listHosts(argument: _scheduler_v2_ListHostsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_scheduler_v2_ListHostsResponse__Output>): grpc.ClientUnaryCall;
  listHosts(argument: _scheduler_v2_ListHostsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_scheduler_v2_ListHostsResponse__Output>): grpc.ClientUnaryCall;
  listHosts(argument: _scheduler_v2_ListHostsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_scheduler_v2_ListHostsResponse__Output>): grpc.ClientUnaryCall;
  listHosts(argument: _scheduler_v2_ListHostsRequest, callback: grpc.requestCallback<_scheduler_v2_ListHostsResponse__Output>): grpc.ClientUnaryCall;
  
  PreheatFile(argument: _scheduler_v2_PreheatFileRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  PreheatFile(argument: _scheduler_v2_PreheatFileRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  PreheatFile(argument: _scheduler_v2_PreheatFileRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  PreheatFile(argument: _scheduler_v2_PreheatFileRequest, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  preheatFile(argument: _scheduler_v2_PreheatFileRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  preheatFile(argument: _scheduler_v2_PreheatFileRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  preheatFile(argument: _scheduler_v2_PreheatFileRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  preheatFile(argument: _scheduler_v2_PreheatFileRequest, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  
  PreheatImage(argument: _scheduler_v2_PreheatImageRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  PreheatImage(argument: _scheduler_v2_PreheatImageRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  PreheatImage(argument: _scheduler_v2_PreheatImageRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  PreheatImage(argument: _scheduler_v2_PreheatImageRequest, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  preheatImage(argument: _scheduler_v2_PreheatImageRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  preheatImage(argument: _scheduler_v2_PreheatImageRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  preheatImage(argument: _scheduler_v2_PreheatImageRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  preheatImage(argument: _scheduler_v2_PreheatImageRequest, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  
  StatCachePeer(argument: _scheduler_v2_StatCachePeerRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_common_v2_CachePeer__Output>): grpc.ClientUnaryCall;
  StatCachePeer(argument: _scheduler_v2_StatCachePeerRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_common_v2_CachePeer__Output>): grpc.ClientUnaryCall;
  StatCachePeer(argument: _scheduler_v2_StatCachePeerRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_common_v2_CachePeer__Output>): grpc.ClientUnaryCall;
  StatCachePeer(argument: _scheduler_v2_StatCachePeerRequest, callback: grpc.requestCallback<_common_v2_CachePeer__Output>): grpc.ClientUnaryCall;
  statCachePeer(argument: _scheduler_v2_StatCachePeerRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_common_v2_CachePeer__Output>): grpc.ClientUnaryCall;
  statCachePeer(argument: _scheduler_v2_StatCachePeerRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_common_v2_CachePeer__Output>): grpc.ClientUnaryCall;
  statCachePeer(argument: _scheduler_v2_StatCachePeerRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_common_v2_CachePeer__Output>): grpc.ClientUnaryCall;
  statCachePeer(argument: _scheduler_v2_StatCachePeerRequest, callback: grpc.requestCallback<_common_v2_CachePeer__Output>): grpc.ClientUnaryCall;
  
  StatCacheTask(argument: _scheduler_v2_StatCacheTaskRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_common_v2_CacheTask__Output>): grpc.ClientUnaryCall;
  StatCacheTask(argument: _scheduler_v2_StatCacheTaskRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_common_v2_CacheTask__Output>): grpc.ClientUnaryCall;
  StatCacheTask(argument: _scheduler_v2_StatCacheTaskRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_common_v2_CacheTask__Output>): grpc.ClientUnaryCall;
  StatCacheTask(argument: _scheduler_v2_StatCacheTaskRequest, callback: grpc.requestCallback<_common_v2_CacheTask__Output>): grpc.ClientUnaryCall;
  statCacheTask(argument: _scheduler_v2_StatCacheTaskRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_common_v2_CacheTask__Output>): grpc.ClientUnaryCall;
  statCacheTask(argument: _scheduler_v2_StatCacheTaskRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_common_v2_CacheTask__Output>): grpc.ClientUnaryCall;
  statCacheTask(argument: _scheduler_v2_StatCacheTaskRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_common_v2_CacheTask__Output>): grpc.ClientUnaryCall;
  statCacheTask(argument: _scheduler_v2_StatCacheTaskRequest, callback: grpc.requestCallback<_common_v2_CacheTask__Output>): grpc.ClientUnaryCall;
  
  StatFile(argument: _scheduler_v2_StatFileRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_scheduler_v2_StatFileResponse__Output>): grpc.ClientUnaryCall;
  StatFile(argument: _scheduler_v2_StatFileRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_scheduler_v2_StatFileResponse__Output>): grpc.ClientUnaryCall;
  StatFile(argument: _scheduler_v2_StatFileRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_scheduler_v2_StatFileResponse__Output>): grpc.ClientUnaryCall;
  StatFile(argument: _scheduler_v2_StatFileRequest, callback: grpc.requestCallback<_scheduler_v2_StatFileResponse__Output>): grpc.ClientUnaryCall;
  statFile(argument: _scheduler_v2_StatFileRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_scheduler_v2_StatFileResponse__Output>): grpc.ClientUnaryCall;
  statFile(argument: _scheduler_v2_StatFileRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_scheduler_v2_StatFileResponse__Output>): grpc.ClientUnaryCall;
  statFile(argument: _scheduler_v2_StatFileRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_scheduler_v2_StatFileResponse__Output>): grpc.ClientUnaryCall;
  statFile(argument: _scheduler_v2_StatFileRequest, callback: grpc.requestCallback<_scheduler_v2_StatFileResponse__Output>): grpc.ClientUnaryCall;
  
  StatImage(argument: _scheduler_v2_StatImageRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_scheduler_v2_StatImageResponse__Output>): grpc.ClientUnaryCall;
  StatImage(argument: _scheduler_v2_StatImageRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_scheduler_v2_StatImageResponse__Output>): grpc.ClientUnaryCall;
  StatImage(argument: _scheduler_v2_StatImageRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_scheduler_v2_StatImageResponse__Output>): grpc.ClientUnaryCall;
  StatImage(argument: _scheduler_v2_StatImageRequest, callback: grpc.requestCallback<_scheduler_v2_StatImageResponse__Output>): grpc.ClientUnaryCall;
  statImage(argument: _scheduler_v2_StatImageRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_scheduler_v2_StatImageResponse__Output>): grpc.ClientUnaryCall;
  statImage(argument: _scheduler_v2_StatImageRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_scheduler_v2_StatImageResponse__Output>): grpc.ClientUnaryCall;
  statImage(argument: _scheduler_v2_StatImageRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_scheduler_v2_StatImageResponse__Output>): grpc.ClientUnaryCall;
  statImage(argument: _scheduler_v2_StatImageRequest, callback: grpc.requestCallback<_scheduler_v2_StatImageResponse__Output>): grpc.ClientUnaryCall;
  
  StatPeer(argument: _scheduler_v2_StatPeerRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_common_v2_Peer__Output>): grpc.ClientUnaryCall;
  StatPeer(argument: _scheduler_v2_StatPeerRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_common_v2_Peer__Output>): grpc.ClientUnaryCall;
  StatPeer(argument: _scheduler_v2_StatPeerRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_common_v2_Peer__Output>): grpc.ClientUnaryCall;
  StatPeer(argument: _scheduler_v2_StatPeerRequest, callback: grpc.requestCallback<_common_v2_Peer__Output>): grpc.ClientUnaryCall;
  statPeer(argument: _scheduler_v2_StatPeerRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_common_v2_Peer__Output>): grpc.ClientUnaryCall;
  statPeer(argument: _scheduler_v2_StatPeerRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_common_v2_Peer__Output>): grpc.ClientUnaryCall;
  statPeer(argument: _scheduler_v2_StatPeerRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_common_v2_Peer__Output>): grpc.ClientUnaryCall;
  statPeer(argument: _scheduler_v2_StatPeerRequest, callback: grpc.requestCallback<_common_v2_Peer__Output>): grpc.ClientUnaryCall;
  
  StatPersistentCachePeer(argument: _scheduler_v2_StatPersistentCachePeerRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_common_v2_PersistentCachePeer__Output>): grpc.ClientUnaryCall;
  StatPersistentCachePeer(argument: _scheduler_v2_StatPersistentCachePeerRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_common_v2_PersistentCachePeer__Output>): grpc.ClientUnaryCall;
  StatPersistentCachePeer(argument: _scheduler_v2_StatPersistentCachePeerRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_common_v2_PersistentCachePeer__Output>): grpc.ClientUnaryCall;
  StatPersistentCachePeer(argument: _scheduler_v2_StatPersistentCachePeerRequest, callback: grpc.requestCallback<_common_v2_PersistentCachePeer__Output>): grpc.ClientUnaryCall;
  statPersistentCachePeer(argument: _scheduler_v2_StatPersistentCachePeerRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_common_v2_PersistentCachePeer__Output>): grpc.ClientUnaryCall;
  statPersistentCachePeer(argument: _scheduler_v2_StatPersistentCachePeerRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_common_v2_PersistentCachePeer__Output>): grpc.ClientUnaryCall;
  statPersistentCachePeer(argument: _scheduler_v2_StatPersistentCachePeerRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_common_v2_PersistentCachePeer__Output>): grpc.ClientUnaryCall;
  statPersistentCachePeer(argument: _scheduler_v2_StatPersistentCachePeerRequest, callback: grpc.requestCallback<_common_v2_PersistentCachePeer__Output>): grpc.ClientUnaryCall;
  
  StatPersistentCacheTask(argument: _scheduler_v2_StatPersistentCacheTaskRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_common_v2_PersistentCacheTask__Output>): grpc.ClientUnaryCall;
  StatPersistentCacheTask(argument: _scheduler_v2_StatPersistentCacheTaskRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_common_v2_PersistentCacheTask__Output>): grpc.ClientUnaryCall;
  StatPersistentCacheTask(argument: _scheduler_v2_StatPersistentCacheTaskRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_common_v2_PersistentCacheTask__Output>): grpc.ClientUnaryCall;
  StatPersistentCacheTask(argument: _scheduler_v2_StatPersistentCacheTaskRequest, callback: grpc.requestCallback<_common_v2_PersistentCacheTask__Output>): grpc.ClientUnaryCall;
  statPersistentCacheTask(argument: _scheduler_v2_StatPersistentCacheTaskRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_common_v2_PersistentCacheTask__Output>): grpc.ClientUnaryCall;
  statPersistentCacheTask(argument: _scheduler_v2_StatPersistentCacheTaskRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_common_v2_PersistentCacheTask__Output>): grpc.ClientUnaryCall;
  statPersistentCacheTask(argument: _scheduler_v2_StatPersistentCacheTaskRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_common_v2_PersistentCacheTask__Output>): grpc.ClientUnaryCall;
  statPersistentCacheTask(argument: _scheduler_v2_StatPersistentCacheTaskRequest, callback: grpc.requestCallback<_common_v2_PersistentCacheTask__Output>): grpc.ClientUnaryCall;
  
  StatPersistentPeer(argument: _scheduler_v2_StatPersistentPeerRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_common_v2_PersistentPeer__Output>): grpc.ClientUnaryCall;
  StatPersistentPeer(argument: _scheduler_v2_StatPersistentPeerRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_common_v2_PersistentPeer__Output>): grpc.ClientUnaryCall;
  StatPersistentPeer(argument: _scheduler_v2_StatPersistentPeerRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_common_v2_PersistentPeer__Output>): grpc.ClientUnaryCall;
  StatPersistentPeer(argument: _scheduler_v2_StatPersistentPeerRequest, callback: grpc.requestCallback<_common_v2_PersistentPeer__Output>): grpc.ClientUnaryCall;
  statPersistentPeer(argument: _scheduler_v2_StatPersistentPeerRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_common_v2_PersistentPeer__Output>): grpc.ClientUnaryCall;
  statPersistentPeer(argument: _scheduler_v2_StatPersistentPeerRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_common_v2_PersistentPeer__Output>): grpc.ClientUnaryCall;
  statPersistentPeer(argument: _scheduler_v2_StatPersistentPeerRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_common_v2_PersistentPeer__Output>): grpc.ClientUnaryCall;
  statPersistentPeer(argument: _scheduler_v2_StatPersistentPeerRequest, callback: grpc.requestCallback<_common_v2_PersistentPeer__Output>): grpc.ClientUnaryCall;
  
  StatPersistentTask(argument: _scheduler_v2_StatPersistentTaskRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_common_v2_PersistentTask__Output>): grpc.ClientUnaryCall;
  StatPersistentTask(argument: _scheduler_v2_StatPersistentTaskRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_common_v2_PersistentTask__Output>): grpc.ClientUnaryCall;
  StatPersistentTask(argument: _scheduler_v2_StatPersistentTaskRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_common_v2_PersistentTask__Output>): grpc.ClientUnaryCall;
  StatPersistentTask(argument: _scheduler_v2_StatPersistentTaskRequest, callback: grpc.requestCallback<_common_v2_PersistentTask__Output>): grpc.ClientUnaryCall;
  statPersistentTask(argument: _scheduler_v2_StatPersistentTaskRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_common_v2_PersistentTask__Output>): grpc.ClientUnaryCall;
  statPersistentTask(argument: _scheduler_v2_StatPersistentTaskRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_common_v2_PersistentTask__Output>): grpc.ClientUnaryCall;
  statPersistentTask(argument: _scheduler_v2_StatPersistentTaskRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_common_v2_PersistentTask__Output>): grpc.ClientUnaryCall;
  statPersistentTask(argument: _scheduler_v2_StatPersistentTaskRequest, callback: grpc.requestCallback<_common_v2_PersistentTask__Output>): grpc.ClientUnaryCall;
  
  StatTask(argument: _scheduler_v2_StatTaskRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_common_v2_Task__Output>): grpc.ClientUnaryCall;
  StatTask(argument: _scheduler_v2_StatTaskRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_common_v2_Task__Output>): grpc.ClientUnaryCall;
  StatTask(argument: _scheduler_v2_StatTaskRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_common_v2_Task__Output>): grpc.ClientUnaryCall;
  StatTask(argument: _scheduler_v2_StatTaskRequest, callback: grpc.requestCallback<_common_v2_Task__Output>): grpc.ClientUnaryCall;
  statTask(argument: _scheduler_v2_StatTaskRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_common_v2_Task__Output>): grpc.ClientUnaryCall;
  statTask(argument: _scheduler_v2_StatTaskRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_common_v2_Task__Output>): grpc.ClientUnaryCall;
  statTask(argument: _scheduler_v2_StatTaskRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_common_v2_Task__Output>): grpc.ClientUnaryCall;
  statTask(argument: _scheduler_v2_StatTaskRequest, callback: grpc.requestCallback<_common_v2_Task__Output>): grpc.ClientUnaryCall;
  
  UploadPersistentCacheTaskFailed(argument: _scheduler_v2_UploadPersistentCacheTaskFailedRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  UploadPersistentCacheTaskFailed(argument: _scheduler_v2_UploadPersistentCacheTaskFailedRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  UploadPersistentCacheTaskFailed(argument: _scheduler_v2_UploadPersistentCacheTaskFailedRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  UploadPersistentCacheTaskFailed(argument: _scheduler_v2_UploadPersistentCacheTaskFailedRequest, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  uploadPersistentCacheTaskFailed(argument: _scheduler_v2_UploadPersistentCacheTaskFailedRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  uploadPersistentCacheTaskFailed(argument: _scheduler_v2_UploadPersistentCacheTaskFailedRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  uploadPersistentCacheTaskFailed(argument: _scheduler_v2_UploadPersistentCacheTaskFailedRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  uploadPersistentCacheTaskFailed(argument: _scheduler_v2_UploadPersistentCacheTaskFailedRequest, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  
  UploadPersistentCacheTaskFinished(argument: _scheduler_v2_UploadPersistentCacheTaskFinishedRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_common_v2_PersistentCacheTask__Output>): grpc.ClientUnaryCall;
  UploadPersistentCacheTaskFinished(argument: _scheduler_v2_UploadPersistentCacheTaskFinishedRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_common_v2_PersistentCacheTask__Output>): grpc.ClientUnaryCall;
  UploadPersistentCacheTaskFinished(argument: _scheduler_v2_UploadPersistentCacheTaskFinishedRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_common_v2_PersistentCacheTask__Output>): grpc.ClientUnaryCall;
  UploadPersistentCacheTaskFinished(argument: _scheduler_v2_UploadPersistentCacheTaskFinishedRequest, callback: grpc.requestCallback<_common_v2_PersistentCacheTask__Output>): grpc.ClientUnaryCall;
  uploadPersistentCacheTaskFinished(argument: _scheduler_v2_UploadPersistentCacheTaskFinishedRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_common_v2_PersistentCacheTask__Output>): grpc.ClientUnaryCall;
  uploadPersistentCacheTaskFinished(argument: _scheduler_v2_UploadPersistentCacheTaskFinishedRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_common_v2_PersistentCacheTask__Output>): grpc.ClientUnaryCall;
  uploadPersistentCacheTaskFinished(argument: _scheduler_v2_UploadPersistentCacheTaskFinishedRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_common_v2_PersistentCacheTask__Output>): grpc.ClientUnaryCall;
  uploadPersistentCacheTaskFinished(argument: _scheduler_v2_UploadPersistentCacheTaskFinishedRequest, callback: grpc.requestCallback<_common_v2_PersistentCacheTask__Output>): grpc.ClientUnaryCall;
  
  UploadPersistentCacheTaskStarted(argument: _scheduler_v2_UploadPersistentCacheTaskStartedRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  UploadPersistentCacheTaskStarted(argument: _scheduler_v2_UploadPersistentCacheTaskStartedRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  UploadPersistentCacheTaskStarted(argument: _scheduler_v2_UploadPersistentCacheTaskStartedRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  UploadPersistentCacheTaskStarted(argument: _scheduler_v2_UploadPersistentCacheTaskStartedRequest, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  uploadPersistentCacheTaskStarted(argument: _scheduler_v2_UploadPersistentCacheTaskStartedRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  uploadPersistentCacheTaskStarted(argument: _scheduler_v2_UploadPersistentCacheTaskStartedRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  uploadPersistentCacheTaskStarted(argument: _scheduler_v2_UploadPersistentCacheTaskStartedRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  uploadPersistentCacheTaskStarted(argument: _scheduler_v2_UploadPersistentCacheTaskStartedRequest, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  
  UploadPersistentTaskFailed(argument: _scheduler_v2_UploadPersistentTaskFailedRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  UploadPersistentTaskFailed(argument: _scheduler_v2_UploadPersistentTaskFailedRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  UploadPersistentTaskFailed(argument: _scheduler_v2_UploadPersistentTaskFailedRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  UploadPersistentTaskFailed(argument: _scheduler_v2_UploadPersistentTaskFailedRequest, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  uploadPersistentTaskFailed(argument: _scheduler_v2_UploadPersistentTaskFailedRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  uploadPersistentTaskFailed(argument: _scheduler_v2_UploadPersistentTaskFailedRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  uploadPersistentTaskFailed(argument: _scheduler_v2_UploadPersistentTaskFailedRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  uploadPersistentTaskFailed(argument: _scheduler_v2_UploadPersistentTaskFailedRequest, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  
  UploadPersistentTaskFinished(argument: _scheduler_v2_UploadPersistentTaskFinishedRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_common_v2_PersistentTask__Output>): grpc.ClientUnaryCall;
  UploadPersistentTaskFinished(argument: _scheduler_v2_UploadPersistentTaskFinishedRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_common_v2_PersistentTask__Output>): grpc.ClientUnaryCall;
  UploadPersistentTaskFinished(argument: _scheduler_v2_UploadPersistentTaskFinishedRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_common_v2_PersistentTask__Output>): grpc.ClientUnaryCall;
  UploadPersistentTaskFinished(argument: _scheduler_v2_UploadPersistentTaskFinishedRequest, callback: grpc.requestCallback<_common_v2_PersistentTask__Output>): grpc.ClientUnaryCall;
  uploadPersistentTaskFinished(argument: _scheduler_v2_UploadPersistentTaskFinishedRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_common_v2_PersistentTask__Output>): grpc.ClientUnaryCall;
  uploadPersistentTaskFinished(argument: _scheduler_v2_UploadPersistentTaskFinishedRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_common_v2_PersistentTask__Output>): grpc.ClientUnaryCall;
  uploadPersistentTaskFinished(argument: _scheduler_v2_UploadPersistentTaskFinishedRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_common_v2_PersistentTask__Output>): grpc.ClientUnaryCall;
  uploadPersistentTaskFinished(argument: _scheduler_v2_UploadPersistentTaskFinishedRequest, callback: grpc.requestCallback<_common_v2_PersistentTask__Output>): grpc.ClientUnaryCall;
  
  UploadPersistentTaskStarted(argument: _scheduler_v2_UploadPersistentTaskStartedRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  UploadPersistentTaskStarted(argument: _scheduler_v2_UploadPersistentTaskStartedRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  UploadPersistentTaskStarted(argument: _scheduler_v2_UploadPersistentTaskStartedRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  UploadPersistentTaskStarted(argument: _scheduler_v2_UploadPersistentTaskStartedRequest, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  uploadPersistentTaskStarted(argument: _scheduler_v2_UploadPersistentTaskStartedRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  uploadPersistentTaskStarted(argument: _scheduler_v2_UploadPersistentTaskStartedRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  uploadPersistentTaskStarted(argument: _scheduler_v2_UploadPersistentTaskStartedRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  uploadPersistentTaskStarted(argument: _scheduler_v2_UploadPersistentTaskStartedRequest, callback: grpc.requestCallback<_google_protobuf_Empty__Output>): grpc.ClientUnaryCall;
  
}

export interface SchedulerHandlers extends grpc.UntypedServiceImplementation {
  AnnounceCachePeer: grpc.handleBidiStreamingCall<_scheduler_v2_AnnounceCachePeerRequest__Output, _scheduler_v2_AnnounceCachePeerResponse>;
  
  AnnounceHost: grpc.handleUnaryCall<_scheduler_v2_AnnounceHostRequest__Output, _google_protobuf_Empty>;
  
  AnnouncePeer: grpc.handleBidiStreamingCall<_scheduler_v2_AnnouncePeerRequest__Output, _scheduler_v2_AnnouncePeerResponse>;
  
  AnnouncePersistentCachePeer: grpc.handleBidiStreamingCall<_scheduler_v2_AnnouncePersistentCachePeerRequest__Output, _scheduler_v2_AnnouncePersistentCachePeerResponse>;
  
  AnnouncePersistentPeer: grpc.handleBidiStreamingCall<_scheduler_v2_AnnouncePersistentPeerRequest__Output, _scheduler_v2_AnnouncePersistentPeerResponse>;
  
  DeleteCachePeer: grpc.handleUnaryCall<_scheduler_v2_DeleteCachePeerRequest__Output, _google_protobuf_Empty>;
  
  DeleteCacheTask: grpc.handleUnaryCall<_scheduler_v2_DeleteCacheTaskRequest__Output, _google_protobuf_Empty>;
  
  DeleteHost: grpc.handleUnaryCall<_scheduler_v2_DeleteHostRequest__Output, _google_protobuf_Empty>;
  
  DeletePeer: grpc.handleUnaryCall<_scheduler_v2_DeletePeerRequest__Output, _google_protobuf_Empty>;
  
  DeletePersistentCachePeer: grpc.handleUnaryCall<_scheduler_v2_DeletePersistentCachePeerRequest__Output, _google_protobuf_Empty>;
  
  DeletePersistentCacheTask: grpc.handleUnaryCall<_scheduler_v2_DeletePersistentCacheTaskRequest__Output, _google_protobuf_Empty>;
  
  DeletePersistentPeer: grpc.handleUnaryCall<_scheduler_v2_DeletePersistentPeerRequest__Output, _google_protobuf_Empty>;
  
  DeletePersistentTask: grpc.handleUnaryCall<_scheduler_v2_DeletePersistentTaskRequest__Output, _google_protobuf_Empty>;
  
  DeleteTask: grpc.handleUnaryCall<_scheduler_v2_DeleteTaskRequest__Output, _google_protobuf_Empty>;
  
  ListHosts: grpc.handleUnaryCall<_scheduler_v2_ListHostsRequest__Output, _scheduler_v2_ListHostsResponse>;
  
  PreheatFile: grpc.handleUnaryCall<_scheduler_v2_PreheatFileRequest__Output, _google_protobuf_Empty>;
  
  PreheatImage: grpc.handleUnaryCall<_scheduler_v2_PreheatImageRequest__Output, _google_protobuf_Empty>;
  
  StatCachePeer: grpc.handleUnaryCall<_scheduler_v2_StatCachePeerRequest__Output, _common_v2_CachePeer>;
  
  StatCacheTask: grpc.handleUnaryCall<_scheduler_v2_StatCacheTaskRequest__Output, _common_v2_CacheTask>;
  
  StatFile: grpc.handleUnaryCall<_scheduler_v2_StatFileRequest__Output, _scheduler_v2_StatFileResponse>;
  
  StatImage: grpc.handleUnaryCall<_scheduler_v2_StatImageRequest__Output, _scheduler_v2_StatImageResponse>;
  
  StatPeer: grpc.handleUnaryCall<_scheduler_v2_StatPeerRequest__Output, _common_v2_Peer>;
  
  StatPersistentCachePeer: grpc.handleUnaryCall<_scheduler_v2_StatPersistentCachePeerRequest__Output, _common_v2_PersistentCachePeer>;
  
  StatPersistentCacheTask: grpc.handleUnaryCall<_scheduler_v2_StatPersistentCacheTaskRequest__Output, _common_v2_PersistentCacheTask>;
  
  StatPersistentPeer: grpc.handleUnaryCall<_scheduler_v2_StatPersistentPeerRequest__Output, _common_v2_PersistentPeer>;
  
  StatPersistentTask: grpc.handleUnaryCall<_scheduler_v2_StatPersistentTaskRequest__Output, _common_v2_PersistentTask>;
  
  StatTask: grpc.handleUnaryCall<_scheduler_v2_StatTaskRequest__Output, _common_v2_Task>;
  
  UploadPersistentCacheTaskFailed: grpc.handleUnaryCall<_scheduler_v2_UploadPersistentCacheTaskFailedRequest__Output, _google_protobuf_Empty>;
  
  UploadPersistentCacheTaskFinished: grpc.handleUnaryCall<_scheduler_v2_UploadPersistentCacheTaskFinishedRequest__Output, _common_v2_PersistentCacheTask>;
  
  UploadPersistentCacheTaskStarted: grpc.handleUnaryCall<_scheduler_v2_UploadPersistentCacheTaskStartedRequest__Output, _google_protobuf_Empty>;
  
  UploadPersistentTaskFailed: grpc.handleUnaryCall<_scheduler_v2_UploadPersistentTaskFailedRequest__Output, _google_protobuf_Empty>;
  
  UploadPersistentTaskFinished: grpc.handleUnaryCall<_scheduler_v2_UploadPersistentTaskFinishedRequest__Output, _common_v2_PersistentTask>;
  
  UploadPersistentTaskStarted: grpc.handleUnaryCall<_scheduler_v2_UploadPersistentTaskStartedRequest__Output, _google_protobuf_Empty>;
  
}

export interface SchedulerDefinition extends grpc.ServiceDefinition {
  AnnounceCachePeer: MethodDefinition<_scheduler_v2_AnnounceCachePeerRequest, _scheduler_v2_AnnounceCachePeerResponse, _scheduler_v2_AnnounceCachePeerRequest__Output, _scheduler_v2_AnnounceCachePeerResponse__Output>
  AnnounceHost: MethodDefinition<_scheduler_v2_AnnounceHostRequest, _google_protobuf_Empty, _scheduler_v2_AnnounceHostRequest__Output, _google_protobuf_Empty__Output>
  AnnouncePeer: MethodDefinition<_scheduler_v2_AnnouncePeerRequest, _scheduler_v2_AnnouncePeerResponse, _scheduler_v2_AnnouncePeerRequest__Output, _scheduler_v2_AnnouncePeerResponse__Output>
  AnnouncePersistentCachePeer: MethodDefinition<_scheduler_v2_AnnouncePersistentCachePeerRequest, _scheduler_v2_AnnouncePersistentCachePeerResponse, _scheduler_v2_AnnouncePersistentCachePeerRequest__Output, _scheduler_v2_AnnouncePersistentCachePeerResponse__Output>
  AnnouncePersistentPeer: MethodDefinition<_scheduler_v2_AnnouncePersistentPeerRequest, _scheduler_v2_AnnouncePersistentPeerResponse, _scheduler_v2_AnnouncePersistentPeerRequest__Output, _scheduler_v2_AnnouncePersistentPeerResponse__Output>
  DeleteCachePeer: MethodDefinition<_scheduler_v2_DeleteCachePeerRequest, _google_protobuf_Empty, _scheduler_v2_DeleteCachePeerRequest__Output, _google_protobuf_Empty__Output>
  DeleteCacheTask: MethodDefinition<_scheduler_v2_DeleteCacheTaskRequest, _google_protobuf_Empty, _scheduler_v2_DeleteCacheTaskRequest__Output, _google_protobuf_Empty__Output>
  DeleteHost: MethodDefinition<_scheduler_v2_DeleteHostRequest, _google_protobuf_Empty, _scheduler_v2_DeleteHostRequest__Output, _google_protobuf_Empty__Output>
  DeletePeer: MethodDefinition<_scheduler_v2_DeletePeerRequest, _google_protobuf_Empty, _scheduler_v2_DeletePeerRequest__Output, _google_protobuf_Empty__Output>
  DeletePersistentCachePeer: MethodDefinition<_scheduler_v2_DeletePersistentCachePeerRequest, _google_protobuf_Empty, _scheduler_v2_DeletePersistentCachePeerRequest__Output, _google_protobuf_Empty__Output>
  DeletePersistentCacheTask: MethodDefinition<_scheduler_v2_DeletePersistentCacheTaskRequest, _google_protobuf_Empty, _scheduler_v2_DeletePersistentCacheTaskRequest__Output, _google_protobuf_Empty__Output>
  DeletePersistentPeer: MethodDefinition<_scheduler_v2_DeletePersistentPeerRequest, _google_protobuf_Empty, _scheduler_v2_DeletePersistentPeerRequest__Output, _google_protobuf_Empty__Output>
  DeletePersistentTask: MethodDefinition<_scheduler_v2_DeletePersistentTaskRequest, _google_protobuf_Empty, _scheduler_v2_DeletePersistentTaskRequest__Output, _google_protobuf_Empty__Output>
  DeleteTask: MethodDefinition<_scheduler_v2_DeleteTaskRequest, _google_protobuf_Empty, _scheduler_v2_DeleteTaskRequest__Output, _google_protobuf_Empty__Output>
  ListHosts: MethodDefinition<_scheduler_v2_ListHostsRequest, _scheduler_v2_ListHostsResponse, _scheduler_v2_ListHostsRequest__Output, _scheduler_v2_ListHostsResponse__Output>
  PreheatFile: MethodDefinition<_scheduler_v2_PreheatFileRequest, _google_protobuf_Empty, _scheduler_v2_PreheatFileRequest__Output, _google_protobuf_Empty__Output>
  PreheatImage: MethodDefinition<_scheduler_v2_PreheatImageRequest, _google_protobuf_Empty, _scheduler_v2_PreheatImageRequest__Output, _google_protobuf_Empty__Output>
  StatCachePeer: MethodDefinition<_scheduler_v2_StatCachePeerRequest, _common_v2_CachePeer, _scheduler_v2_StatCachePeerRequest__Output, _common_v2_CachePeer__Output>
  StatCacheTask: MethodDefinition<_scheduler_v2_StatCacheTaskRequest, _common_v2_CacheTask, _scheduler_v2_StatCacheTaskRequest__Output, _common_v2_CacheTask__Output>
  StatFile: MethodDefinition<_scheduler_v2_StatFileRequest, _scheduler_v2_StatFileResponse, _scheduler_v2_StatFileRequest__Output, _scheduler_v2_StatFileResponse__Output>
  StatImage: MethodDefinition<_scheduler_v2_StatImageRequest, _scheduler_v2_StatImageResponse, _scheduler_v2_StatImageRequest__Output, _scheduler_v2_StatImageResponse__Output>
  StatPeer: MethodDefinition<_scheduler_v2_StatPeerRequest, _common_v2_Peer, _scheduler_v2_StatPeerRequest__Output, _common_v2_Peer__Output>
  StatPersistentCachePeer: MethodDefinition<_scheduler_v2_StatPersistentCachePeerRequest, _common_v2_PersistentCachePeer, _scheduler_v2_StatPersistentCachePeerRequest__Output, _common_v2_PersistentCachePeer__Output>
  StatPersistentCacheTask: MethodDefinition<_scheduler_v2_StatPersistentCacheTaskRequest, _common_v2_PersistentCacheTask, _scheduler_v2_StatPersistentCacheTaskRequest__Output, _common_v2_PersistentCacheTask__Output>
  StatPersistentPeer: MethodDefinition<_scheduler_v2_StatPersistentPeerRequest, _common_v2_PersistentPeer, _scheduler_v2_StatPersistentPeerRequest__Output, _common_v2_PersistentPeer__Output>
  StatPersistentTask: MethodDefinition<_scheduler_v2_StatPersistentTaskRequest, _common_v2_PersistentTask, _scheduler_v2_StatPersistentTaskRequest__Output, _common_v2_PersistentTask__Output>
  StatTask: MethodDefinition<_scheduler_v2_StatTaskRequest, _common_v2_Task, _scheduler_v2_StatTaskRequest__Output, _common_v2_Task__Output>
  UploadPersistentCacheTaskFailed: MethodDefinition<_scheduler_v2_UploadPersistentCacheTaskFailedRequest, _google_protobuf_Empty, _scheduler_v2_UploadPersistentCacheTaskFailedRequest__Output, _google_protobuf_Empty__Output>
  UploadPersistentCacheTaskFinished: MethodDefinition<_scheduler_v2_UploadPersistentCacheTaskFinishedRequest, _common_v2_PersistentCacheTask, _scheduler_v2_UploadPersistentCacheTaskFinishedRequest__Output, _common_v2_PersistentCacheTask__Output>
  UploadPersistentCacheTaskStarted: MethodDefinition<_scheduler_v2_UploadPersistentCacheTaskStartedRequest, _google_protobuf_Empty, _scheduler_v2_UploadPersistentCacheTaskStartedRequest__Output, _google_protobuf_Empty__Output>
  UploadPersistentTaskFailed: MethodDefinition<_scheduler_v2_UploadPersistentTaskFailedRequest, _google_protobuf_Empty, _scheduler_v2_UploadPersistentTaskFailedRequest__Output, _google_protobuf_Empty__Output>
  UploadPersistentTaskFinished: MethodDefinition<_scheduler_v2_UploadPersistentTaskFinishedRequest, _common_v2_PersistentTask, _scheduler_v2_UploadPersistentTaskFinishedRequest__Output, _common_v2_PersistentTask__Output>
  UploadPersistentTaskStarted: MethodDefinition<_scheduler_v2_UploadPersistentTaskStartedRequest, _google_protobuf_Empty, _scheduler_v2_UploadPersistentTaskStartedRequest__Output, _google_protobuf_Empty__Output>
}
