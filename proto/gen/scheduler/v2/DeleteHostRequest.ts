// Original file: dragonfly/scheduler-v2.proto


export interface DeleteHostRequest {
  'hostId'?: (string);
}

export interface DeleteHostRequest__Output {
  'hostId': (string);
}
