// Original file: damselfly/cluster.proto


export interface RevokeJoinTokenReply {
}

export interface RevokeJoinTokenReply__Output {
}
