// Original file: dragonfly/scheduler-v2.proto


export interface DownloadPeerBackToSourceFailedRequest {
  'description'?: (string);
  '_description'?: "description";
}

export interface DownloadPeerBackToSourceFailedRequest__Output {
  'description'?: (string);
  '_description'?: "description";
}
