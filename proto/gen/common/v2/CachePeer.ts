// Original file: dragonfly/common-v2.proto

import type { Range as _common_v2_Range, Range__Output as _common_v2_Range__Output } from '../../common/v2/Range.ts';
import type { Priority as _common_v2_Priority, Priority__Output as _common_v2_Priority__Output } from '../../common/v2/Priority.ts';
import type { Piece as _common_v2_Piece, Piece__Output as _common_v2_Piece__Output } from '../../common/v2/Piece.ts';
import type { Duration as _google_protobuf_Duration, Duration__Output as _google_protobuf_Duration__Output } from '../../google/protobuf/Duration.ts';
import type { CacheTask as _common_v2_CacheTask, CacheTask__Output as _common_v2_CacheTask__Output } from '../../common/v2/CacheTask.ts';
import type { Host as _common_v2_Host, Host__Output as _common_v2_Host__Output } from '../../common/v2/Host.ts';
import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../google/protobuf/Timestamp.ts';

export interface CachePeer {
  'id'?: (string);
  'range'?: (_common_v2_Range | null);
  'priority'?: (_common_v2_Priority);
  'pieces'?: (_common_v2_Piece)[];
  'cost'?: (_google_protobuf_Duration | null);
  'state'?: (string);
  'task'?: (_common_v2_CacheTask | null);
  'host'?: (_common_v2_Host | null);
  'needBackToSource'?: (boolean);
  'createdAt'?: (_google_protobuf_Timestamp | null);
  'updatedAt'?: (_google_protobuf_Timestamp | null);
  'concurrentPieceCount'?: (number);
  '_range'?: "range";
}

export interface CachePeer__Output {
  'id': (string);
  'range'?: (_common_v2_Range__Output | null);
  'priority': (_common_v2_Priority__Output);
  'pieces': (_common_v2_Piece__Output)[];
  'cost': (_google_protobuf_Duration__Output | null);
  'state': (string);
  'task': (_common_v2_CacheTask__Output | null);
  'host': (_common_v2_Host__Output | null);
  'needBackToSource': (boolean);
  'createdAt': (_google_protobuf_Timestamp__Output | null);
  'updatedAt': (_google_protobuf_Timestamp__Output | null);
  'concurrentPieceCount': (number);
  '_range'?: "range";
}
