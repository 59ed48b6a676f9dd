// Original file: dragonfly/scheduler-v2.proto


export interface DownloadPeerBackToSourceFinishedRequest {
}

export interface DownloadPeerBackToSourceFinishedRequest__Output {
}
