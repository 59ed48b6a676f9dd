// Original file: dragonfly/scheduler-v1.proto

import type { TaskType as _common_TaskType, TaskType__Output as _common_TaskType__Output } from '../common/TaskType.ts';
import type { SizeScope as _common_SizeScope, SizeScope__Output as _common_SizeScope__Output } from '../common/SizeScope.ts';
import type { SinglePiece as _scheduler_SinglePiece, SinglePiece__Output as _scheduler_SinglePiece__Output } from '../scheduler/SinglePiece.ts';
import type { ExtendAttribute as _common_ExtendAttribute, ExtendAttribute__Output as _common_ExtendAttribute__Output } from '../common/ExtendAttribute.ts';

export interface RegisterResult {
  'taskType'?: (_common_TaskType);
  'taskId'?: (string);
  'sizeScope'?: (_common_SizeScope);
  'singlePiece'?: (_scheduler_SinglePiece | null);
  'pieceContent'?: (Buffer | Uint8Array | string);
  'extendAttribute'?: (_common_ExtendAttribute | null);
  'directPiece'?: "singlePiece"|"pieceContent";
}

export interface RegisterResult__Output {
  'taskType': (_common_TaskType__Output);
  'taskId': (string);
  'sizeScope': (_common_SizeScope__Output);
  'singlePiece'?: (_scheduler_SinglePiece__Output | null);
  'pieceContent'?: (Buffer);
  'extendAttribute': (_common_ExtendAttribute__Output | null);
  'directPiece'?: "singlePiece"|"pieceContent";
}
