// Original file: dragonfly/scheduler-v1.proto

import type { CPU as _scheduler_CPU, CPU__Output as _scheduler_CPU__Output } from '../scheduler/CPU.ts';
import type { Memory as _scheduler_Memory, Memory__Output as _scheduler_Memory__Output } from '../scheduler/Memory.ts';
import type { Network as _scheduler_Network, Network__Output as _scheduler_Network__Output } from '../scheduler/Network.ts';
import type { Disk as _scheduler_Disk, Disk__Output as _scheduler_Disk__Output } from '../scheduler/Disk.ts';
import type { Build as _scheduler_Build, Build__Output as _scheduler_Build__Output } from '../scheduler/Build.ts';
import type { Long } from '@grpc/proto-loader';

export interface AnnounceHostRequest {
  'id'?: (string);
  'type'?: (string);
  'hostname'?: (string);
  'ip'?: (string);
  'port'?: (number);
  'downloadPort'?: (number);
  'os'?: (string);
  'platform'?: (string);
  'platformFamily'?: (string);
  'platformVersion'?: (string);
  'kernelVersion'?: (string);
  'cpu'?: (_scheduler_CPU | null);
  'memory'?: (_scheduler_Memory | null);
  'network'?: (_scheduler_Network | null);
  'disk'?: (_scheduler_Disk | null);
  'build'?: (_scheduler_Build | null);
  'schedulerClusterId'?: (number | string | Long);
  'objectStoragePort'?: (number);
  'proxyPort'?: (number);
}

export interface AnnounceHostRequest__Output {
  'id': (string);
  'type': (string);
  'hostname': (string);
  'ip': (string);
  'port': (number);
  'downloadPort': (number);
  'os': (string);
  'platform': (string);
  'platformFamily': (string);
  'platformVersion': (string);
  'kernelVersion': (string);
  'cpu': (_scheduler_CPU__Output | null);
  'memory': (_scheduler_Memory__Output | null);
  'network': (_scheduler_Network__Output | null);
  'disk': (_scheduler_Disk__Output | null);
  'build': (_scheduler_Build__Output | null);
  'schedulerClusterId': (number);
  'objectStoragePort': (number);
  'proxyPort': (number);
}
