// Original file: dragonfly/scheduler-v2.proto


export interface StatTaskRequest {
  'hostId'?: (string);
  'taskId'?: (string);
}

export interface StatTaskRequest__Output {
  'hostId': (string);
  'taskId': (string);
}
