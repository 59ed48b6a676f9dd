// Original file: dragonfly/scheduler-v2.proto


export interface StatCacheTaskRequest {
  'hostId'?: (string);
  'taskId'?: (string);
}

export interface StatCacheTaskRequest__Output {
  'hostId': (string);
  'taskId': (string);
}
