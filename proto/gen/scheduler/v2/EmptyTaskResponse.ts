// Original file: dragonfly/scheduler-v2.proto


export interface EmptyTaskResponse {
}

export interface EmptyTaskResponse__Output {
}
