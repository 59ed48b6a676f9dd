// Original file: dragonfly/scheduler-v2.proto


export interface DeletePersistentTaskRequest {
  'hostId'?: (string);
  'taskId'?: (string);
}

export interface DeletePersistentTaskRequest__Output {
  'hostId': (string);
  'taskId': (string);
}
