// Original file: dragonfly/scheduler-v2.proto


export interface DeletePersistentCacheTaskRequest {
  'hostId'?: (string);
  'taskId'?: (string);
}

export interface DeletePersistentCacheTaskRequest__Output {
  'hostId': (string);
  'taskId': (string);
}
