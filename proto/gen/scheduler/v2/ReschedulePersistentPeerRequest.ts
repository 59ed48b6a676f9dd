// Original file: dragonfly/scheduler-v2.proto

import type { PersistentPeer as _common_v2_PersistentPeer, PersistentPeer__Output as _common_v2_PersistentPeer__Output } from '../../common/v2/PersistentPeer.ts';

export interface ReschedulePersistentPeerRequest {
  'candidateParents'?: (_common_v2_PersistentPeer)[];
  'description'?: (string);
  '_description'?: "description";
}

export interface ReschedulePersistentPeerRequest__Output {
  'candidateParents': (_common_v2_PersistentPeer__Output)[];
  'description'?: (string);
  '_description'?: "description";
}
