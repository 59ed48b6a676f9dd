// Original file: dragonfly/scheduler-v2.proto


export interface DownloadPeerStartedRequest {
}

export interface DownloadPeerStartedRequest__Output {
}
