// Original file: dragonfly/scheduler-v2.proto


export interface DeletePersistentCachePeerRequest {
  'hostId'?: (string);
  'taskId'?: (string);
  'peerId'?: (string);
}

export interface DeletePersistentCachePeerRequest__Output {
  'hostId': (string);
  'taskId': (string);
  'peerId': (string);
}
