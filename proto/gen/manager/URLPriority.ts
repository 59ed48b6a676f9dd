// Original file: dragonfly/manager-v1.proto

import type { Priority as _common_Priority, Priority__Output as _common_Priority__Output } from '../common/Priority.ts';

export interface URLPriority {
  'regex'?: (string);
  'value'?: (_common_Priority);
}

export interface URLPriority__Output {
  'regex': (string);
  'value': (_common_Priority__Output);
}
