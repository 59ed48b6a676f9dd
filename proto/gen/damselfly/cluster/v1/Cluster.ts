// Original file: damselfly/cluster.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { ChangeMemberReply as _damselfly_cluster_v1_ChangeMemberReply, ChangeMemberReply__Output as _damselfly_cluster_v1_ChangeMemberReply__Output } from '../../../damselfly/cluster/v1/ChangeMemberReply.ts';
import type { ChangeMemberRequest as _damselfly_cluster_v1_ChangeMemberRequest, ChangeMemberRequest__Output as _damselfly_cluster_v1_ChangeMemberRequest__Output } from '../../../damselfly/cluster/v1/ChangeMemberRequest.ts';
import type { CreateJoinTokenReply as _damselfly_cluster_v1_CreateJoinTokenReply, CreateJoinTokenReply__Output as _damselfly_cluster_v1_CreateJoinTokenReply__Output } from '../../../damselfly/cluster/v1/CreateJoinTokenReply.ts';
import type { CreateJoinTokenRequest as _damselfly_cluster_v1_CreateJoinTokenRequest, CreateJoinTokenRequest__Output as _damselfly_cluster_v1_CreateJoinTokenRequest__Output } from '../../../damselfly/cluster/v1/CreateJoinTokenRequest.ts';
import type { JoinReply as _damselfly_cluster_v1_JoinReply, JoinReply__Output as _damselfly_cluster_v1_JoinReply__Output } from '../../../damselfly/cluster/v1/JoinReply.ts';
import type { JoinRequest as _damselfly_cluster_v1_JoinRequest, JoinRequest__Output as _damselfly_cluster_v1_JoinRequest__Output } from '../../../damselfly/cluster/v1/JoinRequest.ts';
import type { NodesReply as _damselfly_cluster_v1_NodesReply, NodesReply__Output as _damselfly_cluster_v1_NodesReply__Output } from '../../../damselfly/cluster/v1/NodesReply.ts';
import type { NodesRequest as _damselfly_cluster_v1_NodesRequest, NodesRequest__Output as _damselfly_cluster_v1_NodesRequest__Output } from '../../../damselfly/cluster/v1/NodesRequest.ts';
import type { RevokeJoinTokenReply as _damselfly_cluster_v1_RevokeJoinTokenReply, RevokeJoinTokenReply__Output as _damselfly_cluster_v1_RevokeJoinTokenReply__Output } from '../../../damselfly/cluster/v1/RevokeJoinTokenReply.ts';
import type { RevokeJoinTokenRequest as _damselfly_cluster_v1_RevokeJoinTokenRequest, RevokeJoinTokenRequest__Output as _damselfly_cluster_v1_RevokeJoinTokenRequest__Output } from '../../../damselfly/cluster/v1/RevokeJoinTokenRequest.ts';
import type { ShardsReply as _damselfly_cluster_v1_ShardsReply, ShardsReply__Output as _damselfly_cluster_v1_ShardsReply__Output } from '../../../damselfly/cluster/v1/ShardsReply.ts';
import type { SlotsReply as _damselfly_cluster_v1_SlotsReply, SlotsReply__Output as _damselfly_cluster_v1_SlotsReply__Output } from '../../../damselfly/cluster/v1/SlotsReply.ts';
import type { SnapshotChunk as _damselfly_cluster_v1_SnapshotChunk, SnapshotChunk__Output as _damselfly_cluster_v1_SnapshotChunk__Output } from '../../../damselfly/cluster/v1/SnapshotChunk.ts';
import type { SnapshotRequest as _damselfly_cluster_v1_SnapshotRequest, SnapshotRequest__Output as _damselfly_cluster_v1_SnapshotRequest__Output } from '../../../damselfly/cluster/v1/SnapshotRequest.ts';
import type { StatusReply as _damselfly_cluster_v1_StatusReply, StatusReply__Output as _damselfly_cluster_v1_StatusReply__Output } from '../../../damselfly/cluster/v1/StatusReply.ts';
import type { StatusRequest as _damselfly_cluster_v1_StatusRequest, StatusRequest__Output as _damselfly_cluster_v1_StatusRequest__Output } from '../../../damselfly/cluster/v1/StatusRequest.ts';
import type { ViewRequest as _damselfly_cluster_v1_ViewRequest, ViewRequest__Output as _damselfly_cluster_v1_ViewRequest__Output } from '../../../damselfly/cluster/v1/ViewRequest.ts';
import type { WatchFrame as _damselfly_cluster_v1_WatchFrame, WatchFrame__Output as _damselfly_cluster_v1_WatchFrame__Output } from '../../../damselfly/cluster/v1/WatchFrame.ts';
import type { WatchRequest as _damselfly_cluster_v1_WatchRequest, WatchRequest__Output as _damselfly_cluster_v1_WatchRequest__Output } from '../../../damselfly/cluster/v1/WatchRequest.ts';

export interface ClusterClient extends grpc.Client {
  ChangeMember(argument: _damselfly_cluster_v1_ChangeMemberRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_damselfly_cluster_v1_ChangeMemberReply__Output>): grpc.ClientUnaryCall;
  ChangeMember(argument: _damselfly_cluster_v1_ChangeMemberRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_damselfly_cluster_v1_ChangeMemberReply__Output>): grpc.ClientUnaryCall;
  ChangeMember(argument: _damselfly_cluster_v1_ChangeMemberRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_damselfly_cluster_v1_ChangeMemberReply__Output>): grpc.ClientUnaryCall;
  ChangeMember(argument: _damselfly_cluster_v1_ChangeMemberRequest, callback: grpc.requestCallback<_damselfly_cluster_v1_ChangeMemberReply__Output>): grpc.ClientUnaryCall;
  changeMember(argument: _damselfly_cluster_v1_ChangeMemberRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_damselfly_cluster_v1_ChangeMemberReply__Output>): grpc.ClientUnaryCall;
  changeMember(argument: _damselfly_cluster_v1_ChangeMemberRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_damselfly_cluster_v1_ChangeMemberReply__Output>): grpc.ClientUnaryCall;
  changeMember(argument: _damselfly_cluster_v1_ChangeMemberRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_damselfly_cluster_v1_ChangeMemberReply__Output>): grpc.ClientUnaryCall;
  changeMember(argument: _damselfly_cluster_v1_ChangeMemberRequest, callback: grpc.requestCallback<_damselfly_cluster_v1_ChangeMemberReply__Output>): grpc.ClientUnaryCall;
  
  CreateJoinToken(argument: _damselfly_cluster_v1_CreateJoinTokenRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_damselfly_cluster_v1_CreateJoinTokenReply__Output>): grpc.ClientUnaryCall;
  CreateJoinToken(argument: _damselfly_cluster_v1_CreateJoinTokenRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_damselfly_cluster_v1_CreateJoinTokenReply__Output>): grpc.ClientUnaryCall;
  CreateJoinToken(argument: _damselfly_cluster_v1_CreateJoinTokenRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_damselfly_cluster_v1_CreateJoinTokenReply__Output>): grpc.ClientUnaryCall;
  CreateJoinToken(argument: _damselfly_cluster_v1_CreateJoinTokenRequest, callback: grpc.requestCallback<_damselfly_cluster_v1_CreateJoinTokenReply__Output>): grpc.ClientUnaryCall;
  createJoinToken(argument: _damselfly_cluster_v1_CreateJoinTokenRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_damselfly_cluster_v1_CreateJoinTokenReply__Output>): grpc.ClientUnaryCall;
  createJoinToken(argument: _damselfly_cluster_v1_CreateJoinTokenRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_damselfly_cluster_v1_CreateJoinTokenReply__Output>): grpc.ClientUnaryCall;
  createJoinToken(argument: _damselfly_cluster_v1_CreateJoinTokenRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_damselfly_cluster_v1_CreateJoinTokenReply__Output>): grpc.ClientUnaryCall;
  createJoinToken(argument: _damselfly_cluster_v1_CreateJoinTokenRequest, callback: grpc.requestCallback<_damselfly_cluster_v1_CreateJoinTokenReply__Output>): grpc.ClientUnaryCall;
  
  Join(argument: _damselfly_cluster_v1_JoinRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_damselfly_cluster_v1_JoinReply__Output>): grpc.ClientUnaryCall;
  Join(argument: _damselfly_cluster_v1_JoinRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_damselfly_cluster_v1_JoinReply__Output>): grpc.ClientUnaryCall;
  Join(argument: _damselfly_cluster_v1_JoinRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_damselfly_cluster_v1_JoinReply__Output>): grpc.ClientUnaryCall;
  Join(argument: _damselfly_cluster_v1_JoinRequest, callback: grpc.requestCallback<_damselfly_cluster_v1_JoinReply__Output>): grpc.ClientUnaryCall;
  join(argument: _damselfly_cluster_v1_JoinRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_damselfly_cluster_v1_JoinReply__Output>): grpc.ClientUnaryCall;
  join(argument: _damselfly_cluster_v1_JoinRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_damselfly_cluster_v1_JoinReply__Output>): grpc.ClientUnaryCall;
  join(argument: _damselfly_cluster_v1_JoinRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_damselfly_cluster_v1_JoinReply__Output>): grpc.ClientUnaryCall;
  join(argument: _damselfly_cluster_v1_JoinRequest, callback: grpc.requestCallback<_damselfly_cluster_v1_JoinReply__Output>): grpc.ClientUnaryCall;
  
  Nodes(argument: _damselfly_cluster_v1_NodesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_damselfly_cluster_v1_NodesReply__Output>): grpc.ClientUnaryCall;
  Nodes(argument: _damselfly_cluster_v1_NodesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_damselfly_cluster_v1_NodesReply__Output>): grpc.ClientUnaryCall;
  Nodes(argument: _damselfly_cluster_v1_NodesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_damselfly_cluster_v1_NodesReply__Output>): grpc.ClientUnaryCall;
  Nodes(argument: _damselfly_cluster_v1_NodesRequest, callback: grpc.requestCallback<_damselfly_cluster_v1_NodesReply__Output>): grpc.ClientUnaryCall;
  nodes(argument: _damselfly_cluster_v1_NodesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_damselfly_cluster_v1_NodesReply__Output>): grpc.ClientUnaryCall;
  nodes(argument: _damselfly_cluster_v1_NodesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_damselfly_cluster_v1_NodesReply__Output>): grpc.ClientUnaryCall;
  nodes(argument: _damselfly_cluster_v1_NodesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_damselfly_cluster_v1_NodesReply__Output>): grpc.ClientUnaryCall;
  nodes(argument: _damselfly_cluster_v1_NodesRequest, callback: grpc.requestCallback<_damselfly_cluster_v1_NodesReply__Output>): grpc.ClientUnaryCall;
  
  RevokeJoinToken(argument: _damselfly_cluster_v1_RevokeJoinTokenRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_damselfly_cluster_v1_RevokeJoinTokenReply__Output>): grpc.ClientUnaryCall;
  RevokeJoinToken(argument: _damselfly_cluster_v1_RevokeJoinTokenRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_damselfly_cluster_v1_RevokeJoinTokenReply__Output>): grpc.ClientUnaryCall;
  RevokeJoinToken(argument: _damselfly_cluster_v1_RevokeJoinTokenRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_damselfly_cluster_v1_RevokeJoinTokenReply__Output>): grpc.ClientUnaryCall;
  RevokeJoinToken(argument: _damselfly_cluster_v1_RevokeJoinTokenRequest, callback: grpc.requestCallback<_damselfly_cluster_v1_RevokeJoinTokenReply__Output>): grpc.ClientUnaryCall;
  revokeJoinToken(argument: _damselfly_cluster_v1_RevokeJoinTokenRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_damselfly_cluster_v1_RevokeJoinTokenReply__Output>): grpc.ClientUnaryCall;
  revokeJoinToken(argument: _damselfly_cluster_v1_RevokeJoinTokenRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_damselfly_cluster_v1_RevokeJoinTokenReply__Output>): grpc.ClientUnaryCall;
  revokeJoinToken(argument: _damselfly_cluster_v1_RevokeJoinTokenRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_damselfly_cluster_v1_RevokeJoinTokenReply__Output>): grpc.ClientUnaryCall;
  revokeJoinToken(argument: _damselfly_cluster_v1_RevokeJoinTokenRequest, callback: grpc.requestCallback<_damselfly_cluster_v1_RevokeJoinTokenReply__Output>): grpc.ClientUnaryCall;
  
  Shards(argument: _damselfly_cluster_v1_ViewRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_damselfly_cluster_v1_ShardsReply__Output>): grpc.ClientUnaryCall;
  Shards(argument: _damselfly_cluster_v1_ViewRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_damselfly_cluster_v1_ShardsReply__Output>): grpc.ClientUnaryCall;
  Shards(argument: _damselfly_cluster_v1_ViewRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_damselfly_cluster_v1_ShardsReply__Output>): grpc.ClientUnaryCall;
  Shards(argument: _damselfly_cluster_v1_ViewRequest, callback: grpc.requestCallback<_damselfly_cluster_v1_ShardsReply__Output>): grpc.ClientUnaryCall;
  shards(argument: _damselfly_cluster_v1_ViewRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_damselfly_cluster_v1_ShardsReply__Output>): grpc.ClientUnaryCall;
  shards(argument: _damselfly_cluster_v1_ViewRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_damselfly_cluster_v1_ShardsReply__Output>): grpc.ClientUnaryCall;
  shards(argument: _damselfly_cluster_v1_ViewRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_damselfly_cluster_v1_ShardsReply__Output>): grpc.ClientUnaryCall;
  shards(argument: _damselfly_cluster_v1_ViewRequest, callback: grpc.requestCallback<_damselfly_cluster_v1_ShardsReply__Output>): grpc.ClientUnaryCall;
  
  Slots(argument: _damselfly_cluster_v1_ViewRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_damselfly_cluster_v1_SlotsReply__Output>): grpc.ClientUnaryCall;
  Slots(argument: _damselfly_cluster_v1_ViewRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_damselfly_cluster_v1_SlotsReply__Output>): grpc.ClientUnaryCall;
  Slots(argument: _damselfly_cluster_v1_ViewRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_damselfly_cluster_v1_SlotsReply__Output>): grpc.ClientUnaryCall;
  Slots(argument: _damselfly_cluster_v1_ViewRequest, callback: grpc.requestCallback<_damselfly_cluster_v1_SlotsReply__Output>): grpc.ClientUnaryCall;
  slots(argument: _damselfly_cluster_v1_ViewRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_damselfly_cluster_v1_SlotsReply__Output>): grpc.ClientUnaryCall;
  slots(argument: _damselfly_cluster_v1_ViewRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_damselfly_cluster_v1_SlotsReply__Output>): grpc.ClientUnaryCall;
  slots(argument: _damselfly_cluster_v1_ViewRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_damselfly_cluster_v1_SlotsReply__Output>): grpc.ClientUnaryCall;
  slots(argument: _damselfly_cluster_v1_ViewRequest, callback: grpc.requestCallback<_damselfly_cluster_v1_SlotsReply__Output>): grpc.ClientUnaryCall;
  
  Snapshot(argument: _damselfly_cluster_v1_SnapshotRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_damselfly_cluster_v1_SnapshotChunk__Output>;
  Snapshot(argument: _damselfly_cluster_v1_SnapshotRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_damselfly_cluster_v1_SnapshotChunk__Output>;
  snapshot(argument: _damselfly_cluster_v1_SnapshotRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_damselfly_cluster_v1_SnapshotChunk__Output>;
  snapshot(argument: _damselfly_cluster_v1_SnapshotRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_damselfly_cluster_v1_SnapshotChunk__Output>;
  
  Status(argument: _damselfly_cluster_v1_StatusRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_damselfly_cluster_v1_StatusReply__Output>): grpc.ClientUnaryCall;
  Status(argument: _damselfly_cluster_v1_StatusRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_damselfly_cluster_v1_StatusReply__Output>): grpc.ClientUnaryCall;
  Status(argument: _damselfly_cluster_v1_StatusRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_damselfly_cluster_v1_StatusReply__Output>): grpc.ClientUnaryCall;
  Status(argument: _damselfly_cluster_v1_StatusRequest, callback: grpc.requestCallback<_damselfly_cluster_v1_StatusReply__Output>): grpc.ClientUnaryCall;
  status(argument: _damselfly_cluster_v1_StatusRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_damselfly_cluster_v1_StatusReply__Output>): grpc.ClientUnaryCall;
  status(argument: _damselfly_cluster_v1_StatusRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_damselfly_cluster_v1_StatusReply__Output>): grpc.ClientUnaryCall;
  status(argument: _damselfly_cluster_v1_StatusRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_damselfly_cluster_v1_StatusReply__Output>): grpc.ClientUnaryCall;
  status(argument: _damselfly_cluster_v1_StatusRequest, callback: grpc.requestCallback<_damselfly_cluster_v1_StatusReply__Output>): grpc.ClientUnaryCall;
  
  Watch(argument: _damselfly_cluster_v1_WatchRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_damselfly_cluster_v1_WatchFrame__Output>;
  Watch(argument: _damselfly_cluster_v1_WatchRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_damselfly_cluster_v1_WatchFrame__Output>;
  watch(argument: _damselfly_cluster_v1_WatchRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_damselfly_cluster_v1_WatchFrame__Output>;
  watch(argument: _damselfly_cluster_v1_WatchRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_damselfly_cluster_v1_WatchFrame__Output>;
  
}

export interface ClusterHandlers extends grpc.UntypedServiceImplementation {
  ChangeMember: grpc.handleUnaryCall<_damselfly_cluster_v1_ChangeMemberRequest__Output, _damselfly_cluster_v1_ChangeMemberReply>;
  
  CreateJoinToken: grpc.handleUnaryCall<_damselfly_cluster_v1_CreateJoinTokenRequest__Output, _damselfly_cluster_v1_CreateJoinTokenReply>;
  
  Join: grpc.handleUnaryCall<_damselfly_cluster_v1_JoinRequest__Output, _damselfly_cluster_v1_JoinReply>;
  
  Nodes: grpc.handleUnaryCall<_damselfly_cluster_v1_NodesRequest__Output, _damselfly_cluster_v1_NodesReply>;
  
  RevokeJoinToken: grpc.handleUnaryCall<_damselfly_cluster_v1_RevokeJoinTokenRequest__Output, _damselfly_cluster_v1_RevokeJoinTokenReply>;
  
  Shards: grpc.handleUnaryCall<_damselfly_cluster_v1_ViewRequest__Output, _damselfly_cluster_v1_ShardsReply>;
  
  Slots: grpc.handleUnaryCall<_damselfly_cluster_v1_ViewRequest__Output, _damselfly_cluster_v1_SlotsReply>;
  
  Snapshot: grpc.handleServerStreamingCall<_damselfly_cluster_v1_SnapshotRequest__Output, _damselfly_cluster_v1_SnapshotChunk>;
  
  Status: grpc.handleUnaryCall<_damselfly_cluster_v1_StatusRequest__Output, _damselfly_cluster_v1_StatusReply>;
  
  Watch: grpc.handleServerStreamingCall<_damselfly_cluster_v1_WatchRequest__Output, _damselfly_cluster_v1_WatchFrame>;
  
}

export interface ClusterDefinition extends grpc.ServiceDefinition {
  ChangeMember: MethodDefinition<_damselfly_cluster_v1_ChangeMemberRequest, _damselfly_cluster_v1_ChangeMemberReply, _damselfly_cluster_v1_ChangeMemberRequest__Output, _damselfly_cluster_v1_ChangeMemberReply__Output>
  CreateJoinToken: MethodDefinition<_damselfly_cluster_v1_CreateJoinTokenRequest, _damselfly_cluster_v1_CreateJoinTokenReply, _damselfly_cluster_v1_CreateJoinTokenRequest__Output, _damselfly_cluster_v1_CreateJoinTokenReply__Output>
  Join: MethodDefinition<_damselfly_cluster_v1_JoinRequest, _damselfly_cluster_v1_JoinReply, _damselfly_cluster_v1_JoinRequest__Output, _damselfly_cluster_v1_JoinReply__Output>
  Nodes: MethodDefinition<_damselfly_cluster_v1_NodesRequest, _damselfly_cluster_v1_NodesReply, _damselfly_cluster_v1_NodesRequest__Output, _damselfly_cluster_v1_NodesReply__Output>
  RevokeJoinToken: MethodDefinition<_damselfly_cluster_v1_RevokeJoinTokenRequest, _damselfly_cluster_v1_RevokeJoinTokenReply, _damselfly_cluster_v1_RevokeJoinTokenRequest__Output, _damselfly_cluster_v1_RevokeJoinTokenReply__Output>
  Shards: MethodDefinition<_damselfly_cluster_v1_ViewRequest, _damselfly_cluster_v1_ShardsReply, _damselfly_cluster_v1_ViewRequest__Output, _damselfly_cluster_v1_ShardsReply__Output>
  Slots: MethodDefinition<_damselfly_cluster_v1_ViewRequest, _damselfly_cluster_v1_SlotsReply, _damselfly_cluster_v1_ViewRequest__Output, _damselfly_cluster_v1_SlotsReply__Output>
  Snapshot: MethodDefinition<_damselfly_cluster_v1_SnapshotRequest, _damselfly_cluster_v1_SnapshotChunk, _damselfly_cluster_v1_SnapshotRequest__Output, _damselfly_cluster_v1_SnapshotChunk__Output>
  Status: MethodDefinition<_damselfly_cluster_v1_StatusRequest, _damselfly_cluster_v1_StatusReply, _damselfly_cluster_v1_StatusRequest__Output, _damselfly_cluster_v1_StatusReply__Output>
  Watch: MethodDefinition<_damselfly_cluster_v1_WatchRequest, _damselfly_cluster_v1_WatchFrame, _damselfly_cluster_v1_WatchRequest__Output, _damselfly_cluster_v1_WatchFrame__Output>
}
