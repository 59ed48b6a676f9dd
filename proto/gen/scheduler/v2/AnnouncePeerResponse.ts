// Original file: dragonfly/scheduler-v2.proto

import type { EmptyTaskResponse as _scheduler_v2_EmptyTaskResponse, EmptyTaskResponse__Output as _scheduler_v2_EmptyTaskResponse__Output } from '../../scheduler/v2/EmptyTaskResponse.ts';
import type { NormalTaskResponse as _scheduler_v2_NormalTaskResponse, NormalTaskResponse__Output as _scheduler_v2_NormalTaskResponse__Output } from '../../scheduler/v2/NormalTaskResponse.ts';
import type { NeedBackToSourceResponse as _scheduler_v2_NeedBackToSourceResponse, NeedBackToSourceResponse__Output as _scheduler_v2_NeedBackToSourceResponse__Output } from '../../scheduler/v2/NeedBackToSourceResponse.ts';
import type { MetadataOnlyResponse as _scheduler_v2_MetadataOnlyResponse, MetadataOnlyResponse__Output as _scheduler_v2_MetadataOnlyResponse__Output } from '../../scheduler/v2/MetadataOnlyResponse.ts';

export interface AnnouncePeerResponse {
  'emptyTaskResponse'?: (_scheduler_v2_EmptyTaskResponse | null);
  'normalTaskResponse'?: (_scheduler_v2_NormalTaskResponse | null);
  'needBackToSourceResponse'?: (_scheduler_v2_NeedBackToSourceResponse | null);
  'metadataOnlyResponse'?: (_scheduler_v2_MetadataOnlyResponse | null);
  'response'?: "emptyTaskResponse"|"normalTaskResponse"|"needBackToSourceResponse"|"metadataOnlyResponse";
}

export interface AnnouncePeerResponse__Output {
  'emptyTaskResponse'?: (_scheduler_v2_EmptyTaskResponse__Output | null);
  'normalTaskResponse'?: (_scheduler_v2_NormalTaskResponse__Output | null);
  'needBackToSourceResponse'?: (_scheduler_v2_NeedBackToSourceResponse__Output | null);
  'metadataOnlyResponse'?: (_scheduler_v2_MetadataOnlyResponse__Output | null);
  'response'?: "emptyTaskResponse"|"normalTaskResponse"|"needBackToSourceResponse"|"metadataOnlyResponse";
}
