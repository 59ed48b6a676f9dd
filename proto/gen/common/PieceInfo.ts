// Original file: dragonfly/common-v1.proto

import type { PieceStyle as _common_PieceStyle, PieceStyle__Output as _common_PieceStyle__Output } from '../common/PieceStyle.ts';
import type { Long } from '@grpc/proto-loader';

export interface PieceInfo {
  'pieceNum'?: (number);
  'rangeStart'?: (number | string | Long);
  'rangeSize'?: (number);
  'pieceMd5'?: (string);
  'pieceOffset'?: (number | string | Long);
  'pieceStyle'?: (_common_PieceStyle);
  'downloadCost'?: (number | string | Long);
}

export interface PieceInfo__Output {
  'pieceNum': (number);
  'rangeStart': (number);
  'rangeSize': (number);
  'pieceMd5': (string);
  'pieceOffset': (number);
  'pieceStyle': (_common_PieceStyle__Output);
  'downloadCost': (number);
}
