// Original file: dragonfly/scheduler-v2.proto

import type { Duration as _google_protobuf_Duration, Duration__Output as _google_protobuf_Duration__Output } from '../../google/protobuf/Duration.ts';
import type { ObjectStorage as _common_v2_ObjectStorage, ObjectStorage__Output as _common_v2_ObjectStorage__Output } from '../../common/v2/ObjectStorage.ts';
import type { HDFS as _common_v2_HDFS, HDFS__Output as _common_v2_HDFS__Output } from '../../common/v2/HDFS.ts';
import type { Long } from '@grpc/proto-loader';

export interface StatFileRequest {
  'url'?: (string);
  'pieceLength'?: (number | string | Long);
  'tag'?: (string);
  'application'?: (string);
  'filteredQueryParams'?: (string)[];
  'header'?: ({[key: string]: string});
  'concurrentPeerCount'?: (number | string | Long);
  'timeout'?: (_google_protobuf_Duration | null);
  'certificateChain'?: (Buffer | Uint8Array | string)[];
  'insecureSkipVerify'?: (boolean);
  'objectStorage'?: (_common_v2_ObjectStorage | null);
  'hdfs'?: (_common_v2_HDFS | null);
  '_pieceLength'?: "pieceLength";
  '_tag'?: "tag";
  '_application'?: "application";
  '_concurrentPeerCount'?: "concurrentPeerCount";
  '_timeout'?: "timeout";
  '_objectStorage'?: "objectStorage";
  '_hdfs'?: "hdfs";
}

export interface StatFileRequest__Output {
  'url': (string);
  'pieceLength'?: (number);
  'tag'?: (string);
  'application'?: (string);
  'filteredQueryParams': (string)[];
  'header': ({[key: string]: string});
  'concurrentPeerCount'?: (number);
  'timeout'?: (_google_protobuf_Duration__Output | null);
  'certificateChain': (Buffer)[];
  'insecureSkipVerify': (boolean);
  'objectStorage'?: (_common_v2_ObjectStorage__Output | null);
  'hdfs'?: (_common_v2_HDFS__Output | null);
  '_pieceLength'?: "pieceLength";
  '_tag'?: "tag";
  '_application'?: "application";
  '_concurrentPeerCount'?: "concurrentPeerCount";
  '_timeout'?: "timeout";
  '_objectStorage'?: "objectStorage";
  '_hdfs'?: "hdfs";
}
