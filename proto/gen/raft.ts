import type * as grpc from '@grpc/grpc-js';
import type { MessageTypeDefinition } from '@grpc/proto-loader';

import type { Frame as _damselfly_raft_v1_Frame, Frame__Output as _damselfly_raft_v1_Frame__Output } from './damselfly/raft/v1/Frame.ts';
import type { InitialMember as _damselfly_raft_v1_InitialMember, InitialMember__Output as _damselfly_raft_v1_InitialMember__Output } from './damselfly/raft/v1/InitialMember.ts';
import type { ProbeReply as _damselfly_raft_v1_ProbeReply, ProbeReply__Output as _damselfly_raft_v1_ProbeReply__Output } from './damselfly/raft/v1/ProbeReply.ts';
import type { ProbeRequest as _damselfly_raft_v1_ProbeRequest, ProbeRequest__Output as _damselfly_raft_v1_ProbeRequest__Output } from './damselfly/raft/v1/ProbeRequest.ts';
import type { ProgressReply as _damselfly_raft_v1_ProgressReply, ProgressReply__Output as _damselfly_raft_v1_ProgressReply__Output } from './damselfly/raft/v1/ProgressReply.ts';
import type { ProgressRequest as _damselfly_raft_v1_ProgressRequest, ProgressRequest__Output as _damselfly_raft_v1_ProgressRequest__Output } from './damselfly/raft/v1/ProgressRequest.ts';
import type { RaftClient as _damselfly_raft_v1_RaftClient, RaftDefinition as _damselfly_raft_v1_RaftDefinition } from './damselfly/raft/v1/Raft.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  damselfly: {
    raft: {
      v1: {
        Frame: MessageTypeDefinition<_damselfly_raft_v1_Frame, _damselfly_raft_v1_Frame__Output>
        InitialMember: MessageTypeDefinition<_damselfly_raft_v1_InitialMember, _damselfly_raft_v1_InitialMember__Output>
        ProbeReply: MessageTypeDefinition<_damselfly_raft_v1_ProbeReply, _damselfly_raft_v1_ProbeReply__Output>
        ProbeRequest: MessageTypeDefinition<_damselfly_raft_v1_ProbeRequest, _damselfly_raft_v1_ProbeRequest__Output>
        ProgressReply: MessageTypeDefinition<_damselfly_raft_v1_ProgressReply, _damselfly_raft_v1_ProgressReply__Output>
        ProgressRequest: MessageTypeDefinition<_damselfly_raft_v1_ProgressRequest, _damselfly_raft_v1_ProgressRequest__Output>
        Raft: SubtypeConstructor<typeof grpc.Client, _damselfly_raft_v1_RaftClient> & { service: _damselfly_raft_v1_RaftDefinition }
      }
    }
  }
}

