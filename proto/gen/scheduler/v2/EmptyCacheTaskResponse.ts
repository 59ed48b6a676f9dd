// Original file: dragonfly/scheduler-v2.proto


export interface EmptyCacheTaskResponse {
}

export interface EmptyCacheTaskResponse__Output {
}
