// Original file: dragonfly/scheduler-v1.proto


export interface LeaveHostRequest {
  'id'?: (string);
}

export interface LeaveHostRequest__Output {
  'id': (string);
}
