import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { Alarm as _damselfly_cluster_v1_Alarm, Alarm__Output as _damselfly_cluster_v1_Alarm__Output } from './damselfly/cluster/v1/Alarm.ts';
import type { ChangeMemberReply as _damselfly_cluster_v1_ChangeMemberReply, ChangeMemberReply__Output as _damselfly_cluster_v1_ChangeMemberReply__Output } from './damselfly/cluster/v1/ChangeMemberReply.ts';
import type { ChangeMemberRequest as _damselfly_cluster_v1_ChangeMemberRequest, ChangeMemberRequest__Output as _damselfly_cluster_v1_ChangeMemberRequest__Output } from './damselfly/cluster/v1/ChangeMemberRequest.ts';
import type { ClusterClient as _damselfly_cluster_v1_ClusterClient, ClusterDefinition as _damselfly_cluster_v1_ClusterDefinition } from './damselfly/cluster/v1/Cluster.ts';
import type { CreateJoinTokenReply as _damselfly_cluster_v1_CreateJoinTokenReply, CreateJoinTokenReply__Output as _damselfly_cluster_v1_CreateJoinTokenReply__Output } from './damselfly/cluster/v1/CreateJoinTokenReply.ts';
import type { CreateJoinTokenRequest as _damselfly_cluster_v1_CreateJoinTokenRequest, CreateJoinTokenRequest__Output as _damselfly_cluster_v1_CreateJoinTokenRequest__Output } from './damselfly/cluster/v1/CreateJoinTokenRequest.ts';
import type { FaultTolerance as _damselfly_cluster_v1_FaultTolerance, FaultTolerance__Output as _damselfly_cluster_v1_FaultTolerance__Output } from './damselfly/cluster/v1/FaultTolerance.ts';
import type { JoinMember as _damselfly_cluster_v1_JoinMember, JoinMember__Output as _damselfly_cluster_v1_JoinMember__Output } from './damselfly/cluster/v1/JoinMember.ts';
import type { JoinReply as _damselfly_cluster_v1_JoinReply, JoinReply__Output as _damselfly_cluster_v1_JoinReply__Output } from './damselfly/cluster/v1/JoinReply.ts';
import type { JoinRequest as _damselfly_cluster_v1_JoinRequest, JoinRequest__Output as _damselfly_cluster_v1_JoinRequest__Output } from './damselfly/cluster/v1/JoinRequest.ts';
import type { Member as _damselfly_cluster_v1_Member, Member__Output as _damselfly_cluster_v1_Member__Output } from './damselfly/cluster/v1/Member.ts';
import type { Node as _damselfly_cluster_v1_Node, Node__Output as _damselfly_cluster_v1_Node__Output } from './damselfly/cluster/v1/Node.ts';
import type { NodesReply as _damselfly_cluster_v1_NodesReply, NodesReply__Output as _damselfly_cluster_v1_NodesReply__Output } from './damselfly/cluster/v1/NodesReply.ts';
import type { NodesRequest as _damselfly_cluster_v1_NodesRequest, NodesRequest__Output as _damselfly_cluster_v1_NodesRequest__Output } from './damselfly/cluster/v1/NodesRequest.ts';
import type { NotShown as _damselfly_cluster_v1_NotShown, NotShown__Output as _damselfly_cluster_v1_NotShown__Output } from './damselfly/cluster/v1/NotShown.ts';
import type { Plan as _damselfly_cluster_v1_Plan, Plan__Output as _damselfly_cluster_v1_Plan__Output } from './damselfly/cluster/v1/Plan.ts';
import type { RevokeJoinTokenReply as _damselfly_cluster_v1_RevokeJoinTokenReply, RevokeJoinTokenReply__Output as _damselfly_cluster_v1_RevokeJoinTokenReply__Output } from './damselfly/cluster/v1/RevokeJoinTokenReply.ts';
import type { RevokeJoinTokenRequest as _damselfly_cluster_v1_RevokeJoinTokenRequest, RevokeJoinTokenRequest__Output as _damselfly_cluster_v1_RevokeJoinTokenRequest__Output } from './damselfly/cluster/v1/RevokeJoinTokenRequest.ts';
import type { Shard as _damselfly_cluster_v1_Shard, Shard__Output as _damselfly_cluster_v1_Shard__Output } from './damselfly/cluster/v1/Shard.ts';
import type { ShardsReply as _damselfly_cluster_v1_ShardsReply, ShardsReply__Output as _damselfly_cluster_v1_ShardsReply__Output } from './damselfly/cluster/v1/ShardsReply.ts';
import type { SlotRange as _damselfly_cluster_v1_SlotRange, SlotRange__Output as _damselfly_cluster_v1_SlotRange__Output } from './damselfly/cluster/v1/SlotRange.ts';
import type { SlotsReply as _damselfly_cluster_v1_SlotsReply, SlotsReply__Output as _damselfly_cluster_v1_SlotsReply__Output } from './damselfly/cluster/v1/SlotsReply.ts';
import type { SnapshotChunk as _damselfly_cluster_v1_SnapshotChunk, SnapshotChunk__Output as _damselfly_cluster_v1_SnapshotChunk__Output } from './damselfly/cluster/v1/SnapshotChunk.ts';
import type { SnapshotRequest as _damselfly_cluster_v1_SnapshotRequest, SnapshotRequest__Output as _damselfly_cluster_v1_SnapshotRequest__Output } from './damselfly/cluster/v1/SnapshotRequest.ts';
import type { StatusReply as _damselfly_cluster_v1_StatusReply, StatusReply__Output as _damselfly_cluster_v1_StatusReply__Output } from './damselfly/cluster/v1/StatusReply.ts';
import type { StatusRequest as _damselfly_cluster_v1_StatusRequest, StatusRequest__Output as _damselfly_cluster_v1_StatusRequest__Output } from './damselfly/cluster/v1/StatusRequest.ts';
import type { ViewRequest as _damselfly_cluster_v1_ViewRequest, ViewRequest__Output as _damselfly_cluster_v1_ViewRequest__Output } from './damselfly/cluster/v1/ViewRequest.ts';
import type { WatchFrame as _damselfly_cluster_v1_WatchFrame, WatchFrame__Output as _damselfly_cluster_v1_WatchFrame__Output } from './damselfly/cluster/v1/WatchFrame.ts';
import type { WatchRequest as _damselfly_cluster_v1_WatchRequest, WatchRequest__Output as _damselfly_cluster_v1_WatchRequest__Output } from './damselfly/cluster/v1/WatchRequest.ts';
import type { WatchRow as _damselfly_cluster_v1_WatchRow, WatchRow__Output as _damselfly_cluster_v1_WatchRow__Output } from './damselfly/cluster/v1/WatchRow.ts';
import type { WatchToken as _damselfly_cluster_v1_WatchToken, WatchToken__Output as _damselfly_cluster_v1_WatchToken__Output } from './damselfly/cluster/v1/WatchToken.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  damselfly: {
    cluster: {
      v1: {
        Alarm: MessageTypeDefinition<_damselfly_cluster_v1_Alarm, _damselfly_cluster_v1_Alarm__Output>
        ChangeMemberReply: MessageTypeDefinition<_damselfly_cluster_v1_ChangeMemberReply, _damselfly_cluster_v1_ChangeMemberReply__Output>
        ChangeMemberRequest: MessageTypeDefinition<_damselfly_cluster_v1_ChangeMemberRequest, _damselfly_cluster_v1_ChangeMemberRequest__Output>
        Cluster: SubtypeConstructor<typeof grpc.Client, _damselfly_cluster_v1_ClusterClient> & { service: _damselfly_cluster_v1_ClusterDefinition }
        CreateJoinTokenReply: MessageTypeDefinition<_damselfly_cluster_v1_CreateJoinTokenReply, _damselfly_cluster_v1_CreateJoinTokenReply__Output>
        CreateJoinTokenRequest: MessageTypeDefinition<_damselfly_cluster_v1_CreateJoinTokenRequest, _damselfly_cluster_v1_CreateJoinTokenRequest__Output>
        FaultTolerance: MessageTypeDefinition<_damselfly_cluster_v1_FaultTolerance, _damselfly_cluster_v1_FaultTolerance__Output>
        JoinMember: MessageTypeDefinition<_damselfly_cluster_v1_JoinMember, _damselfly_cluster_v1_JoinMember__Output>
        JoinReply: MessageTypeDefinition<_damselfly_cluster_v1_JoinReply, _damselfly_cluster_v1_JoinReply__Output>
        JoinRequest: MessageTypeDefinition<_damselfly_cluster_v1_JoinRequest, _damselfly_cluster_v1_JoinRequest__Output>
        Member: MessageTypeDefinition<_damselfly_cluster_v1_Member, _damselfly_cluster_v1_Member__Output>
        MemberAction: EnumTypeDefinition
        Node: MessageTypeDefinition<_damselfly_cluster_v1_Node, _damselfly_cluster_v1_Node__Output>
        NodesReply: MessageTypeDefinition<_damselfly_cluster_v1_NodesReply, _damselfly_cluster_v1_NodesReply__Output>
        NodesRequest: MessageTypeDefinition<_damselfly_cluster_v1_NodesRequest, _damselfly_cluster_v1_NodesRequest__Output>
        NotShown: MessageTypeDefinition<_damselfly_cluster_v1_NotShown, _damselfly_cluster_v1_NotShown__Output>
        Plan: MessageTypeDefinition<_damselfly_cluster_v1_Plan, _damselfly_cluster_v1_Plan__Output>
        RevokeJoinTokenReply: MessageTypeDefinition<_damselfly_cluster_v1_RevokeJoinTokenReply, _damselfly_cluster_v1_RevokeJoinTokenReply__Output>
        RevokeJoinTokenRequest: MessageTypeDefinition<_damselfly_cluster_v1_RevokeJoinTokenRequest, _damselfly_cluster_v1_RevokeJoinTokenRequest__Output>
        Shard: MessageTypeDefinition<_damselfly_cluster_v1_Shard, _damselfly_cluster_v1_Shard__Output>
        ShardsReply: MessageTypeDefinition<_damselfly_cluster_v1_ShardsReply, _damselfly_cluster_v1_ShardsReply__Output>
        SlotRange: MessageTypeDefinition<_damselfly_cluster_v1_SlotRange, _damselfly_cluster_v1_SlotRange__Output>
        SlotsReply: MessageTypeDefinition<_damselfly_cluster_v1_SlotsReply, _damselfly_cluster_v1_SlotsReply__Output>
        SnapshotChunk: MessageTypeDefinition<_damselfly_cluster_v1_SnapshotChunk, _damselfly_cluster_v1_SnapshotChunk__Output>
        SnapshotRequest: MessageTypeDefinition<_damselfly_cluster_v1_SnapshotRequest, _damselfly_cluster_v1_SnapshotRequest__Output>
        StatusReply: MessageTypeDefinition<_damselfly_cluster_v1_StatusReply, _damselfly_cluster_v1_StatusReply__Output>
        StatusRequest: MessageTypeDefinition<_damselfly_cluster_v1_StatusRequest, _damselfly_cluster_v1_StatusRequest__Output>
        ViewRequest: MessageTypeDefinition<_damselfly_cluster_v1_ViewRequest, _damselfly_cluster_v1_ViewRequest__Output>
        WatchFrame: MessageTypeDefinition<_damselfly_cluster_v1_WatchFrame, _damselfly_cluster_v1_WatchFrame__Output>
        WatchRequest: MessageTypeDefinition<_damselfly_cluster_v1_WatchRequest, _damselfly_cluster_v1_WatchRequest__Output>
        WatchRow: MessageTypeDefinition<_damselfly_cluster_v1_WatchRow, _damselfly_cluster_v1_WatchRow__Output>
        WatchToken: MessageTypeDefinition<_damselfly_cluster_v1_WatchToken, _damselfly_cluster_v1_WatchToken__Output>
      }
    }
  }
}

