// Original file: dragonfly/scheduler-v2.proto


export interface DownloadPersistentPeerStartedRequest {
}

export interface DownloadPersistentPeerStartedRequest__Output {
}
