// Original file: dragonfly/manager-v1.proto

import type { Scheduler as _manager_Scheduler, Scheduler__Output as _manager_Scheduler__Output } from '../manager/Scheduler.ts';

export interface ListSchedulersResponse {
  'schedulers'?: (_manager_Scheduler)[];
}

export interface ListSchedulersResponse__Output {
  'schedulers': (_manager_Scheduler__Output)[];
}
