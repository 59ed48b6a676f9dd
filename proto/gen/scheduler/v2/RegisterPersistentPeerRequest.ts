// Original file: dragonfly/scheduler-v2.proto

import type { ObjectStorage as _common_v2_ObjectStorage, ObjectStorage__Output as _common_v2_ObjectStorage__Output } from '../../common/v2/ObjectStorage.ts';
import type { Long } from '@grpc/proto-loader';

export interface RegisterPersistentPeerRequest {
  'url'?: (string);
  'objectStorage'?: (_common_v2_ObjectStorage | null);
  'persistent'?: (boolean);
  'outputPath'?: (string);
  'concurrentPieceCount'?: (number);
  'pieceCount'?: (number | string | Long);
  'needBackToSource'?: (boolean);
  '_outputPath'?: "outputPath";
  '_concurrentPieceCount'?: "concurrentPieceCount";
}

export interface RegisterPersistentPeerRequest__Output {
  'url': (string);
  'objectStorage': (_common_v2_ObjectStorage__Output | null);
  'persistent': (boolean);
  'outputPath'?: (string);
  'concurrentPieceCount'?: (number);
  'pieceCount': (number);
  'needBackToSource': (boolean);
  '_outputPath'?: "outputPath";
  '_concurrentPieceCount'?: "concurrentPieceCount";
}
