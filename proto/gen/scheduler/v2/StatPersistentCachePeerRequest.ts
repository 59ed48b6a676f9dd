// Original file: dragonfly/scheduler-v2.proto


export interface StatPersistentCachePeerRequest {
  'hostId'?: (string);
  'taskId'?: (string);
  'peerId'?: (string);
}

export interface StatPersistentCachePeerRequest__Output {
  'hostId': (string);
  'taskId': (string);
  'peerId': (string);
}
