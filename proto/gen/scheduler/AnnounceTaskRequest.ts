// Original file: dragonfly/scheduler-v1.proto

import type { UrlMeta as _common_UrlMeta, UrlMeta__Output as _common_UrlMeta__Output } from '../common/UrlMeta.ts';
import type { PeerHost as _scheduler_PeerHost, PeerHost__Output as _scheduler_PeerHost__Output } from '../scheduler/PeerHost.ts';
import type { PiecePacket as _common_PiecePacket, PiecePacket__Output as _common_PiecePacket__Output } from '../common/PiecePacket.ts';
import type { TaskType as _common_TaskType, TaskType__Output as _common_TaskType__Output } from '../common/TaskType.ts';

export interface AnnounceTaskRequest {
  'taskId'?: (string);
  'url'?: (string);
  'urlMeta'?: (_common_UrlMeta | null);
  'peerHost'?: (_scheduler_PeerHost | null);
  'piecePacket'?: (_common_PiecePacket | null);
  'taskType'?: (_common_TaskType);
}

export interface AnnounceTaskRequest__Output {
  'taskId': (string);
  'url': (string);
  'urlMeta': (_common_UrlMeta__Output | null);
  'peerHost': (_scheduler_PeerHost__Output | null);
  'piecePacket': (_common_PiecePacket__Output | null);
  'taskType': (_common_TaskType__Output);
}
