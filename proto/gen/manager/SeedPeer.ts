// Original file: dragonfly/manager-v1.proto

import type { SeedPeerCluster as _manager_SeedPeerCluster, SeedPeerCluster__Output as _manager_SeedPeerCluster__Output } from '../manager/SeedPeerCluster.ts';
import type { Scheduler as _manager_Scheduler, Scheduler__Output as _manager_Scheduler__Output } from '../manager/Scheduler.ts';
import type { Long } from '@grpc/proto-loader';

export interface SeedPeer {
  'id'?: (number | string | Long);
  'hostname'?: (string);
  'type'?: (string);
  'idc'?: (string);
  'location'?: (string);
  'ip'?: (string);
  'port'?: (number);
  'downloadPort'?: (number);
  'state'?: (string);
  'seedPeerClusterId'?: (number | string | Long);
  'seedPeerCluster'?: (_manager_SeedPeerCluster | null);
  'schedulers'?: (_manager_Scheduler)[];
  'objectStoragePort'?: (number);
}

export interface SeedPeer__Output {
  'id': (number);
  'hostname': (string);
  'type': (string);
  'idc': (string);
  'location': (string);
  'ip': (string);
  'port': (number);
  'downloadPort': (number);
  'state': (string);
  'seedPeerClusterId': (number);
  'seedPeerCluster': (_manager_SeedPeerCluster__Output | null);
  'schedulers': (_manager_Scheduler__Output)[];
  'objectStoragePort': (number);
}
