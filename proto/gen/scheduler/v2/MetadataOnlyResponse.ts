// Original file: dragonfly/scheduler-v2.proto


export interface MetadataOnlyResponse {
}

export interface MetadataOnlyResponse__Output {
}
