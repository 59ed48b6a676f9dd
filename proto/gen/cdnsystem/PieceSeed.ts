// Original file: dragonfly/cdnsystem-v1.proto

import type { PieceInfo as _common_PieceInfo, PieceInfo__Output as _common_PieceInfo__Output } from '../common/PieceInfo.ts';
import type { ExtendAttribute as _common_ExtendAttribute, ExtendAttribute__Output as _common_ExtendAttribute__Output } from '../common/ExtendAttribute.ts';
import type { Long } from '@grpc/proto-loader';

export interface PieceSeed {
  'reuse'?: (boolean);
  'peerId'?: (string);
  'hostId'?: (string);
  'pieceInfo'?: (_common_PieceInfo | null);
  'done'?: (boolean);
  'contentLength'?: (number | string | Long);
  'totalPieceCount'?: (number);
  'beginTime'?: (number | string | Long);
  'endTime'?: (number | string | Long);
  'extendAttribute'?: (_common_ExtendAttribute | null);
}

export interface PieceSeed__Output {
  'reuse': (boolean);
  'peerId': (string);
  'hostId': (string);
  'pieceInfo': (_common_PieceInfo__Output | null);
  'done': (boolean);
  'contentLength': (number);
  'totalPieceCount': (number);
  'beginTime': (number);
  'endTime': (number);
  'extendAttribute': (_common_ExtendAttribute__Output | null);
}
