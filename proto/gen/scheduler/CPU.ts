// Original file: dragonfly/scheduler-v1.proto

import type { CPUTimes as _scheduler_CPUTimes, CPUTimes__Output as _scheduler_CPUTimes__Output } from '../scheduler/CPUTimes.ts';

export interface CPU {
  'logicalCount'?: (number);
  'physicalCount'?: (number);
  'percent'?: (number | string);
  'processPercent'?: (number | string);
  'times'?: (_scheduler_CPUTimes | null);
}

export interface CPU__Output {
  'logicalCount': (number);
  'physicalCount': (number);
  'percent': (number);
  'processPercent': (number);
  'times': (_scheduler_CPUTimes__Output | null);
}
