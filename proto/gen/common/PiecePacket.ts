// Original file: dragonfly/common-v1.proto

import type { PieceInfo as _common_PieceInfo, PieceInfo__Output as _common_PieceInfo__Output } from '../common/PieceInfo.ts';
import type { ExtendAttribute as _common_ExtendAttribute, ExtendAttribute__Output as _common_ExtendAttribute__Output } from '../common/ExtendAttribute.ts';
import type { Long } from '@grpc/proto-loader';

export interface PiecePacket {
  'taskId'?: (string);
  'dstPid'?: (string);
  'dstAddr'?: (string);
  'pieceInfos'?: (_common_PieceInfo)[];
  'totalPiece'?: (number);
  'contentLength'?: (number | string | Long);
  'pieceMd5Sign'?: (string);
  'extendAttribute'?: (_common_ExtendAttribute | null);
}

export interface PiecePacket__Output {
  'taskId': (string);
  'dstPid': (string);
  'dstAddr': (string);
  'pieceInfos': (_common_PieceInfo__Output)[];
  'totalPiece': (number);
  'contentLength': (number);
  'pieceMd5Sign': (string);
  'extendAttribute': (_common_ExtendAttribute__Output | null);
}
