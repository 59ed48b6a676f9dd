// Original file: dragonfly/scheduler-v2.proto


export interface StatPersistentTaskRequest {
  'hostId'?: (string);
  'taskId'?: (string);
}

export interface StatPersistentTaskRequest__Output {
  'hostId': (string);
  'taskId': (string);
}
