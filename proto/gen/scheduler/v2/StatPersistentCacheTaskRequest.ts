// Original file: dragonfly/scheduler-v2.proto


export interface StatPersistentCacheTaskRequest {
  'hostId'?: (string);
  'taskId'?: (string);
}

export interface StatPersistentCacheTaskRequest__Output {
  'hostId': (string);
  'taskId': (string);
}
