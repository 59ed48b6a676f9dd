// Original file: dragonfly/scheduler-v2.proto


export interface DownloadCachePeerFailedRequest {
  'description'?: (string);
  '_description'?: "description";
}

export interface DownloadCachePeerFailedRequest__Output {
  'description'?: (string);
  '_description'?: "description";
}
