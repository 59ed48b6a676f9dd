// Original file: dragonfly/scheduler-v2.proto


export interface DeleteCacheTaskRequest {
  'hostId'?: (string);
  'taskId'?: (string);
}

export interface DeleteCacheTaskRequest__Output {
  'hostId': (string);
  'taskId': (string);
}
