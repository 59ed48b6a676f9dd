// Original file: dragonfly/scheduler-v2.proto

import type { Duration as _google_protobuf_Duration, Duration__Output as _google_protobuf_Duration__Output } from '../../google/protobuf/Duration.ts';
import type { Long } from '@grpc/proto-loader';

export interface UploadPersistentCacheTaskStartedRequest {
  'hostId'?: (string);
  'taskId'?: (string);
  'peerId'?: (string);
  'persistentReplicaCount'?: (number | string | Long);
  'tag'?: (string);
  'application'?: (string);
  'pieceLength'?: (number | string | Long);
  'contentLength'?: (number | string | Long);
  'pieceCount'?: (number);
  'ttl'?: (_google_protobuf_Duration | null);
  '_tag'?: "tag";
  '_application'?: "application";
}

export interface UploadPersistentCacheTaskStartedRequest__Output {
  'hostId': (string);
  'taskId': (string);
  'peerId': (string);
  'persistentReplicaCount': (number);
  'tag'?: (string);
  'application'?: (string);
  'pieceLength': (number);
  'contentLength': (number);
  'pieceCount': (number);
  'ttl': (_google_protobuf_Duration__Output | null);
  '_tag'?: "tag";
  '_application'?: "application";
}
