// Original file: dragonfly/scheduler-v2.proto


export interface DownloadPeerFailedRequest {
  'description'?: (string);
  '_description'?: "description";
}

export interface DownloadPeerFailedRequest__Output {
  'description'?: (string);
  '_description'?: "description";
}
