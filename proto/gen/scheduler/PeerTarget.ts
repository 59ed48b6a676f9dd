// Original file: dragonfly/scheduler-v1.proto


export interface PeerTarget {
  'taskId'?: (string);
  'peerId'?: (string);
}

export interface PeerTarget__Output {
  'taskId': (string);
  'peerId': (string);
}
