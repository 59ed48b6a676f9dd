// Original file: dragonfly/scheduler-v2.proto


export interface DownloadPeerFinishedRequest {
}

export interface DownloadPeerFinishedRequest__Output {
}
