// Original file: dragonfly/scheduler-v2.proto

import type { Layer as _scheduler_v2_Layer, Layer__Output as _scheduler_v2_Layer__Output } from '../../scheduler/v2/Layer.ts';

export interface PeerImage {
  'ip'?: (string);
  'hostname'?: (string);
  'cachedLayers'?: (_scheduler_v2_Layer)[];
}

export interface PeerImage__Output {
  'ip': (string);
  'hostname': (string);
  'cachedLayers': (_scheduler_v2_Layer__Output)[];
}
