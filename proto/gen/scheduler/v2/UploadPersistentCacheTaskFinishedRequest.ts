// Original file: dragonfly/scheduler-v2.proto


export interface UploadPersistentCacheTaskFinishedRequest {
  'hostId'?: (string);
  'taskId'?: (string);
  'peerId'?: (string);
}

export interface UploadPersistentCacheTaskFinishedRequest__Output {
  'hostId': (string);
  'taskId': (string);
  'peerId': (string);
}
