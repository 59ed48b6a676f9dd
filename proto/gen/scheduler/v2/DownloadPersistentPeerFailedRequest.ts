// Original file: dragonfly/scheduler-v2.proto


export interface DownloadPersistentPeerFailedRequest {
  'description'?: (string);
  '_description'?: "description";
}

export interface DownloadPersistentPeerFailedRequest__Output {
  'description'?: (string);
  '_description'?: "description";
}
