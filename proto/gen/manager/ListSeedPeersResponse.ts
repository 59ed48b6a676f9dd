// Original file: dragonfly/manager-v1.proto

import type { SeedPeer as _manager_SeedPeer, SeedPeer__Output as _manager_SeedPeer__Output } from '../manager/SeedPeer.ts';

export interface ListSeedPeersResponse {
  'seedPeers'?: (_manager_SeedPeer)[];
}

export interface ListSeedPeersResponse__Output {
  'seedPeers': (_manager_SeedPeer__Output)[];
}
