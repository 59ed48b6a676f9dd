// Original file: dragonfly/scheduler-v2.proto


export interface EmptyPersistentTaskResponse {
}

export interface EmptyPersistentTaskResponse__Output {
}
