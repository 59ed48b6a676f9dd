// Original file: dragonfly/scheduler-v2.proto


export interface UploadPersistentTaskFinishedRequest {
  'hostId'?: (string);
  'taskId'?: (string);
  'peerId'?: (string);
}

export interface UploadPersistentTaskFinishedRequest__Output {
  'hostId': (string);
  'taskId': (string);
  'peerId': (string);
}
