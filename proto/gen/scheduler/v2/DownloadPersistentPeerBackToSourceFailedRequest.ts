// Original file: dragonfly/scheduler-v2.proto


export interface DownloadPersistentPeerBackToSourceFailedRequest {
  'description'?: (string);
  '_description'?: "description";
}

export interface DownloadPersistentPeerBackToSourceFailedRequest__Output {
  'description'?: (string);
  '_description'?: "description";
}
