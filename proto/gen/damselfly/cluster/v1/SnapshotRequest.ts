// Original file: damselfly/cluster.proto


export interface SnapshotRequest {
}

export interface SnapshotRequest__Output {
}
