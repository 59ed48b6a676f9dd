// Original file: dragonfly/scheduler-v2.proto


export interface DownloadPersistentCachePeerFailedRequest {
  'description'?: (string);
  '_description'?: "description";
}

export interface DownloadPersistentCachePeerFailedRequest__Output {
  'description'?: (string);
  '_description'?: "description";
}
