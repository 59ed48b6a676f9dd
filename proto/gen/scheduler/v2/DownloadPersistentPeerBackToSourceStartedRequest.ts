// Original file: dragonfly/scheduler-v2.proto


export interface DownloadPersistentPeerBackToSourceStartedRequest {
  'description'?: (string);
  '_description'?: "description";
}

export interface DownloadPersistentPeerBackToSourceStartedRequest__Output {
  'description'?: (string);
  '_description'?: "description";
}
