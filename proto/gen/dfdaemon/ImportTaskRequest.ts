// Original file: dragonfly/dfdaemon-v1.proto

import type { UrlMeta as _common_UrlMeta, UrlMeta__Output as _common_UrlMeta__Output } from '../common/UrlMeta.ts';
import type { TaskType as _common_TaskType, TaskType__Output as _common_TaskType__Output } from '../common/TaskType.ts';

export interface ImportTaskRequest {
  'url'?: (string);
  'urlMeta'?: (_common_UrlMeta | null);
  'path'?: (string);
  'type'?: (_common_TaskType);
}

export interface ImportTaskRequest__Output {
  'url': (string);
  'urlMeta': (_common_UrlMeta__Output | null);
  'path': (string);
  'type': (_common_TaskType__Output);
}
