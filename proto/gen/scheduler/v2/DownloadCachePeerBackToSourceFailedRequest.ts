// Original file: dragonfly/scheduler-v2.proto


export interface DownloadCachePeerBackToSourceFailedRequest {
  'description'?: (string);
  '_description'?: "description";
}

export interface DownloadCachePeerBackToSourceFailedRequest__Output {
  'description'?: (string);
  '_description'?: "description";
}
