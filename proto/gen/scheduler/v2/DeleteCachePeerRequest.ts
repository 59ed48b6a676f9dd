// Original file: dragonfly/scheduler-v2.proto


export interface DeleteCachePeerRequest {
  'hostId'?: (string);
  'taskId'?: (string);
  'peerId'?: (string);
}

export interface DeleteCachePeerRequest__Output {
  'hostId': (string);
  'taskId': (string);
  'peerId': (string);
}
