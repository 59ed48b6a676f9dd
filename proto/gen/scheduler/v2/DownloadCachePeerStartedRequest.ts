// Original file: dragonfly/scheduler-v2.proto


export interface DownloadCachePeerStartedRequest {
}

export interface DownloadCachePeerStartedRequest__Output {
}
