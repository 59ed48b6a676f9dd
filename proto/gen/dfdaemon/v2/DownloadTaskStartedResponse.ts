// Original file: dragonfly/dfdaemon-v2.proto

import type { Range as _common_v2_Range, Range__Output as _common_v2_Range__Output } from '../../common/v2/Range.ts';
import type { Piece as _common_v2_Piece, Piece__Output as _common_v2_Piece__Output } from '../../common/v2/Piece.ts';
import type { Long } from '@grpc/proto-loader';

export interface DownloadTaskStartedResponse {
  'contentLength'?: (number | string | Long);
  'range'?: (_common_v2_Range | null);
  'responseHeader'?: ({[key: string]: string});
  'pieces'?: (_common_v2_Piece)[];
  'isFinished'?: (boolean);
  '_range'?: "range";
}

export interface DownloadTaskStartedResponse__Output {
  'contentLength': (number);
  'range'?: (_common_v2_Range__Output | null);
  'responseHeader': ({[key: string]: string});
  'pieces': (_common_v2_Piece__Output)[];
  'isFinished': (boolean);
  '_range'?: "range";
}
