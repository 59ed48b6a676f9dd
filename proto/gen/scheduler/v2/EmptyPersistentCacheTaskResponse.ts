// Original file: dragonfly/scheduler-v2.proto


export interface EmptyPersistentCacheTaskResponse {
}

export interface EmptyPersistentCacheTaskResponse__Output {
}
