// Original file: dragonfly/scheduler-v2.proto


export interface DownloadPeerBackToSourceStartedRequest {
  'description'?: (string);
  '_description'?: "description";
}

export interface DownloadPeerBackToSourceStartedRequest__Output {
  'description'?: (string);
  '_description'?: "description";
}
