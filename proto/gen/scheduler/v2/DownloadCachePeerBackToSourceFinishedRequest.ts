// Original file: dragonfly/scheduler-v2.proto


export interface DownloadCachePeerBackToSourceFinishedRequest {
}

export interface DownloadCachePeerBackToSourceFinishedRequest__Output {
}
