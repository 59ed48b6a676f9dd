// Original file: dragonfly/scheduler-v1.proto

import type { UrlMeta as _common_UrlMeta, UrlMeta__Output as _common_UrlMeta__Output } from '../common/UrlMeta.ts';
import type { PeerHost as _scheduler_PeerHost, PeerHost__Output as _scheduler_PeerHost__Output } from '../scheduler/PeerHost.ts';

export interface PeerTaskRequest {
  'url'?: (string);
  'urlMeta'?: (_common_UrlMeta | null);
  'peerId'?: (string);
  'peerHost'?: (_scheduler_PeerHost | null);
  'prefetch'?: (boolean);
  'isMigrating'?: (boolean);
  'taskId'?: (string);
}

export interface PeerTaskRequest__Output {
  'url': (string);
  'urlMeta': (_common_UrlMeta__Output | null);
  'peerId': (string);
  'peerHost': (_scheduler_PeerHost__Output | null);
  'prefetch': (boolean);
  'isMigrating': (boolean);
  'taskId': (string);
}
