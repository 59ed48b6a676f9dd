// Original file: dragonfly/scheduler-v2.proto


export interface DownloadPersistentCachePeerFinishedRequest {
}

export interface DownloadPersistentCachePeerFinishedRequest__Output {
}
