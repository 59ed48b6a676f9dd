// Original file: dragonfly/dfdaemon-v1.proto

import type { PeerMetadata as _dfdaemon_PeerMetadata, PeerMetadata__Output as _dfdaemon_PeerMetadata__Output } from '../dfdaemon/PeerMetadata.ts';

export interface PeerExchangeData {
  'PeerMetadatas'?: (_dfdaemon_PeerMetadata)[];
}

export interface PeerExchangeData__Output {
  'PeerMetadatas': (_dfdaemon_PeerMetadata__Output)[];
}
