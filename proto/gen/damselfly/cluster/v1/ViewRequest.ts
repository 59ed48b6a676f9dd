// Original file: damselfly/cluster.proto


export interface ViewRequest {
}

export interface ViewRequest__Output {
}
