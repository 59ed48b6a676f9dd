// Original file: dragonfly/scheduler-v2.proto


export interface StatPersistentPeerRequest {
  'hostId'?: (string);
  'taskId'?: (string);
  'peerId'?: (string);
}

export interface StatPersistentPeerRequest__Output {
  'hostId': (string);
  'taskId': (string);
  'peerId': (string);
}
