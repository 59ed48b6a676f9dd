// Original file: dragonfly/common-v2.proto

import type { TrafficType as _common_v2_TrafficType, TrafficType__Output as _common_v2_TrafficType__Output } from '../../common/v2/TrafficType.ts';
import type { Duration as _google_protobuf_Duration, Duration__Output as _google_protobuf_Duration__Output } from '../../google/protobuf/Duration.ts';
import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../google/protobuf/Timestamp.ts';
import type { Long } from '@grpc/proto-loader';

export interface Piece {
  'number'?: (number);
  'parentId'?: (string);
  'offset'?: (number | string | Long);
  'length'?: (number | string | Long);
  'digest'?: (string);
  'content'?: (Buffer | Uint8Array | string);
  'trafficType'?: (_common_v2_TrafficType);
  'cost'?: (_google_protobuf_Duration | null);
  'createdAt'?: (_google_protobuf_Timestamp | null);
  '_parentId'?: "parentId";
  '_content'?: "content";
  '_trafficType'?: "trafficType";
}

export interface Piece__Output {
  'number': (number);
  'parentId'?: (string);
  'offset': (number);
  'length': (number);
  'digest': (string);
  'content'?: (Buffer);
  'trafficType'?: (_common_v2_TrafficType__Output);
  'cost': (_google_protobuf_Duration__Output | null);
  'createdAt': (_google_protobuf_Timestamp__Output | null);
  '_parentId'?: "parentId";
  '_content'?: "content";
  '_trafficType'?: "trafficType";
}
