// Original file: dragonfly/dfdaemon-v1.proto

import type { PeerState as _dfdaemon_PeerState, PeerState__Output as _dfdaemon_PeerState__Output } from '../dfdaemon/PeerState.ts';

export interface PeerMetadata {
  'taskId'?: (string);
  'peerId'?: (string);
  'state'?: (_dfdaemon_PeerState);
}

export interface PeerMetadata__Output {
  'taskId': (string);
  'peerId': (string);
  'state': (_dfdaemon_PeerState__Output);
}
