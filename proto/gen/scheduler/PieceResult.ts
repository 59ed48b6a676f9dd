// Original file: dragonfly/scheduler-v1.proto

import type { PieceInfo as _common_PieceInfo, PieceInfo__Output as _common_PieceInfo__Output } from '../common/PieceInfo.ts';
import type { Code as _common_Code, Code__Output as _common_Code__Output } from '../common/Code.ts';
import type { ExtendAttribute as _common_ExtendAttribute, ExtendAttribute__Output as _common_ExtendAttribute__Output } from '../common/ExtendAttribute.ts';
import type { Long } from '@grpc/proto-loader';

export interface PieceResult {
  'taskId'?: (string);
  'srcPid'?: (string);
  'dstPid'?: (string);
  'pieceInfo'?: (_common_PieceInfo | null);
  'beginTime'?: (number | string | Long);
  'endTime'?: (number | string | Long);
  'success'?: (boolean);
  'code'?: (_common_Code);
  'finishedCount'?: (number);
  'extendAttribute'?: (_common_ExtendAttribute | null);
}

export interface PieceResult__Output {
  'taskId': (string);
  'srcPid': (string);
  'dstPid': (string);
  'pieceInfo': (_common_PieceInfo__Output | null);
  'beginTime': (number);
  'endTime': (number);
  'success': (boolean);
  'code': (_common_Code__Output);
  'finishedCount': (number);
  'extendAttribute': (_common_ExtendAttribute__Output | null);
}
