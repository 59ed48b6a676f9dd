// Original file: dragonfly/manager-v1.proto

import type { SchedulerCluster as _manager_SchedulerCluster, SchedulerCluster__Output as _manager_SchedulerCluster__Output } from '../manager/SchedulerCluster.ts';
import type { SeedPeer as _manager_SeedPeer, SeedPeer__Output as _manager_SeedPeer__Output } from '../manager/SeedPeer.ts';
import type { Long } from '@grpc/proto-loader';

export interface Scheduler {
  'id'?: (number | string | Long);
  'hostname'?: (string);
  'vips'?: (string);
  'idc'?: (string);
  'location'?: (string);
  'ip'?: (string);
  'port'?: (number);
  'state'?: (string);
  'schedulerClusterId'?: (number | string | Long);
  'schedulerCluster'?: (_manager_SchedulerCluster | null);
  'seedPeers'?: (_manager_SeedPeer)[];
  'features'?: (Buffer | Uint8Array | string);
}

export interface Scheduler__Output {
  'id': (number);
  'hostname': (string);
  'vips': (string);
  'idc': (string);
  'location': (string);
  'ip': (string);
  'port': (number);
  'state': (string);
  'schedulerClusterId': (number);
  'schedulerCluster': (_manager_SchedulerCluster__Output | null);
  'seedPeers': (_manager_SeedPeer__Output)[];
  'features': (Buffer);
}
