// Original file: dragonfly/manager-v1.proto

import type { ApplicationPriority as _manager_ApplicationPriority, ApplicationPriority__Output as _manager_ApplicationPriority__Output } from '../manager/ApplicationPriority.ts';
import type { Long } from '@grpc/proto-loader';

export interface Application {
  'id'?: (number | string | Long);
  'name'?: (string);
  'url'?: (string);
  'bio'?: (string);
  'priority'?: (_manager_ApplicationPriority | null);
}

export interface Application__Output {
  'id': (number);
  'name': (string);
  'url': (string);
  'bio': (string);
  'priority': (_manager_ApplicationPriority__Output | null);
}
