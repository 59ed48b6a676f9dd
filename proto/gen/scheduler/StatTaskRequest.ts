// Original file: dragonfly/scheduler-v1.proto


export interface StatTaskRequest {
  'taskId'?: (string);
}

export interface StatTaskRequest__Output {
  'taskId': (string);
}
