// Original file: dragonfly/scheduler-v2.proto

import type { File as _scheduler_v2_File, File__Output as _scheduler_v2_File__Output } from '../../scheduler/v2/File.ts';

export interface PeerFile {
  'ip'?: (string);
  'hostname'?: (string);
  'cachedFiles'?: (_scheduler_v2_File)[];
}

export interface PeerFile__Output {
  'ip': (string);
  'hostname': (string);
  'cachedFiles': (_scheduler_v2_File__Output)[];
}
