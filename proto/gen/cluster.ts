import type * as grpc from '@grpc/grpc-js';
import type { MessageTypeDefinition } from '@grpc/proto-loader';

import type { ClusterClient as _damselfly_cluster_v1_ClusterClient, ClusterDefinition as _damselfly_cluster_v1_ClusterDefinition } from './damselfly/cluster/v1/Cluster.ts';
import type { Member as _damselfly_cluster_v1_Member, Member__Output as _damselfly_cluster_v1_Member__Output } from './damselfly/cluster/v1/Member.ts';
import type { StatusReply as _damselfly_cluster_v1_StatusReply, StatusReply__Output as _damselfly_cluster_v1_StatusReply__Output } from './damselfly/cluster/v1/StatusReply.ts';
import type { StatusRequest as _damselfly_cluster_v1_StatusRequest, StatusRequest__Output as _damselfly_cluster_v1_StatusRequest__Output } from './damselfly/cluster/v1/StatusRequest.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  damselfly: {
    cluster: {
      v1: {
        Cluster: SubtypeConstructor<typeof grpc.Client, _damselfly_cluster_v1_ClusterClient> & { service: _damselfly_cluster_v1_ClusterDefinition }
        Member: MessageTypeDefinition<_damselfly_cluster_v1_Member, _damselfly_cluster_v1_Member__Output>
        StatusReply: MessageTypeDefinition<_damselfly_cluster_v1_StatusReply, _damselfly_cluster_v1_StatusReply__Output>
        StatusRequest: MessageTypeDefinition<_damselfly_cluster_v1_StatusRequest, _damselfly_cluster_v1_StatusRequest__Output>
      }
    }
  }
}

