// Original file: dragonfly/scheduler-v2.proto

import type { Duration as _google_protobuf_Duration, Duration__Output as _google_protobuf_Duration__Output } from '../../google/protobuf/Duration.ts';
import type { Long } from '@grpc/proto-loader';

export interface StatImageRequest {
  'url'?: (string);
  'pieceLength'?: (number | string | Long);
  'tag'?: (string);
  'application'?: (string);
  'filteredQueryParams'?: (string)[];
  'header'?: ({[key: string]: string});
  'username'?: (string);
  'password'?: (string);
  'platform'?: (string);
  'concurrentLayerCount'?: (number | string | Long);
  'concurrentPeerCount'?: (number | string | Long);
  'timeout'?: (_google_protobuf_Duration | null);
  'certificateChain'?: (Buffer | Uint8Array | string)[];
  'insecureSkipVerify'?: (boolean);
  '_pieceLength'?: "pieceLength";
  '_tag'?: "tag";
  '_application'?: "application";
  '_username'?: "username";
  '_password'?: "password";
  '_platform'?: "platform";
  '_concurrentLayerCount'?: "concurrentLayerCount";
  '_concurrentPeerCount'?: "concurrentPeerCount";
  '_timeout'?: "timeout";
}

export interface StatImageRequest__Output {
  'url': (string);
  'pieceLength'?: (number);
  'tag'?: (string);
  'application'?: (string);
  'filteredQueryParams': (string)[];
  'header': ({[key: string]: string});
  'username'?: (string);
  'password'?: (string);
  'platform'?: (string);
  'concurrentLayerCount'?: (number);
  'concurrentPeerCount'?: (number);
  'timeout'?: (_google_protobuf_Duration__Output | null);
  'certificateChain': (Buffer)[];
  'insecureSkipVerify': (boolean);
  '_pieceLength'?: "pieceLength";
  '_tag'?: "tag";
  '_application'?: "application";
  '_username'?: "username";
  '_password'?: "password";
  '_platform'?: "platform";
  '_concurrentLayerCount'?: "concurrentLayerCount";
  '_concurrentPeerCount'?: "concurrentPeerCount";
  '_timeout'?: "timeout";
}
