// Original file: dragonfly/scheduler-v2.proto


export interface DownloadCachePeerBackToSourceStartedRequest {
  'description'?: (string);
  '_description'?: "description";
}

export interface DownloadCachePeerBackToSourceStartedRequest__Output {
  'description'?: (string);
  '_description'?: "description";
}
