// Original file: dragonfly/scheduler-v2.proto

import type { ObjectStorage as _common_v2_ObjectStorage, ObjectStorage__Output as _common_v2_ObjectStorage__Output } from '../../common/v2/ObjectStorage.ts';
import type { Duration as _google_protobuf_Duration, Duration__Output as _google_protobuf_Duration__Output } from '../../google/protobuf/Duration.ts';
import type { Long } from '@grpc/proto-loader';

export interface UploadPersistentTaskStartedRequest {
  'hostId'?: (string);
  'taskId'?: (string);
  'peerId'?: (string);
  'url'?: (string);
  'objectStorage'?: (_common_v2_ObjectStorage | null);
  'persistentReplicaCount'?: (number | string | Long);
  'contentLength'?: (number | string | Long);
  'pieceCount'?: (number);
  'ttl'?: (_google_protobuf_Duration | null);
}

export interface UploadPersistentTaskStartedRequest__Output {
  'hostId': (string);
  'taskId': (string);
  'peerId': (string);
  'url': (string);
  'objectStorage': (_common_v2_ObjectStorage__Output | null);
  'persistentReplicaCount': (number);
  'contentLength': (number);
  'pieceCount': (number);
  'ttl': (_google_protobuf_Duration__Output | null);
}
