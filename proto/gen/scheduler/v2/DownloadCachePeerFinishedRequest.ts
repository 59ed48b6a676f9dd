// Original file: dragonfly/scheduler-v2.proto


export interface DownloadCachePeerFinishedRequest {
}

export interface DownloadCachePeerFinishedRequest__Output {
}
