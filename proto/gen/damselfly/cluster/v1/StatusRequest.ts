// Original file: damselfly/cluster.proto


export interface StatusRequest {
}

export interface StatusRequest__Output {
}
