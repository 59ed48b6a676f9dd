// Original file: dragonfly/scheduler-v2.proto


export interface StatCachePeerRequest {
  'hostId'?: (string);
  'taskId'?: (string);
  'peerId'?: (string);
}

export interface StatCachePeerRequest__Output {
  'hostId': (string);
  'taskId': (string);
  'peerId': (string);
}
