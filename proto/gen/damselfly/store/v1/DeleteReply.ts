// Original file: damselfly/store.proto


export interface DeleteReply {
}

export interface DeleteReply__Output {
}
