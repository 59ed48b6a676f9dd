// Original file: dragonfly/scheduler-v2.proto


export interface DownloadPersistentPeerFinishedRequest {
}

export interface DownloadPersistentPeerFinishedRequest__Output {
}
