// Original file: dragonfly/scheduler-v1.proto

import type { PieceInfo as _common_PieceInfo, PieceInfo__Output as _common_PieceInfo__Output } from '../common/PieceInfo.ts';

export interface SinglePiece {
  'dstPid'?: (string);
  'dstAddr'?: (string);
  'pieceInfo'?: (_common_PieceInfo | null);
}

export interface SinglePiece__Output {
  'dstPid': (string);
  'dstAddr': (string);
  'pieceInfo': (_common_PieceInfo__Output | null);
}
