// Original file: dragonfly/manager-v1.proto

import type { Priority as _common_Priority, Priority__Output as _common_Priority__Output } from '../common/Priority.ts';
import type { URLPriority as _manager_URLPriority, URLPriority__Output as _manager_URLPriority__Output } from '../manager/URLPriority.ts';

export interface ApplicationPriority {
  'value'?: (_common_Priority);
  'urls'?: (_manager_URLPriority)[];
}

export interface ApplicationPriority__Output {
  'value': (_common_Priority__Output);
  'urls': (_manager_URLPriority__Output)[];
}
