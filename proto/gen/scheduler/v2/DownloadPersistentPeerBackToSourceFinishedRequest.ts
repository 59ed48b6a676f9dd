// Original file: dragonfly/scheduler-v2.proto


export interface DownloadPersistentPeerBackToSourceFinishedRequest {
}

export interface DownloadPersistentPeerBackToSourceFinishedRequest__Output {
}
