// Original file: dragonfly/scheduler-v2.proto


export interface DownloadPersistentCachePeerStartedRequest {
}

export interface DownloadPersistentCachePeerStartedRequest__Output {
}
