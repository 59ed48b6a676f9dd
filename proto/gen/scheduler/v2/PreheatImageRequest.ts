// Original file: dragonfly/scheduler-v2.proto

import type { Duration as _google_protobuf_Duration, Duration__Output as _google_protobuf_Duration__Output } from '../../google/protobuf/Duration.ts';
import type { Priority as _common_v2_Priority, Priority__Output as _common_v2_Priority__Output } from '../../common/v2/Priority.ts';
import type { Long } from '@grpc/proto-loader';

export interface PreheatImageRequest {
  'url'?: (string);
  'pieceLength'?: (number | string | Long);
  'tag'?: (string);
  'application'?: (string);
  'filteredQueryParams'?: (string)[];
  'header'?: ({[key: string]: string});
  'username'?: (string);
  'password'?: (string);
  'platform'?: (string);
  'scope'?: (string);
  'ips'?: (string)[];
  'percentage'?: (number);
  'count'?: (number);
  'concurrentTaskCount'?: (number | string | Long);
  'concurrentPeerCount'?: (number | string | Long);
  'timeout'?: (_google_protobuf_Duration | null);
  'priority'?: (_common_v2_Priority);
  'certificateChain'?: (Buffer | Uint8Array | string)[];
  'insecureSkipVerify'?: (boolean);
  '_pieceLength'?: "pieceLength";
  '_tag'?: "tag";
  '_application'?: "application";
  '_username'?: "username";
  '_password'?: "password";
  '_platform'?: "platform";
  '_percentage'?: "percentage";
  '_count'?: "count";
  '_concurrentTaskCount'?: "concurrentTaskCount";
  '_concurrentPeerCount'?: "concurrentPeerCount";
  '_timeout'?: "timeout";
}

export interface PreheatImageRequest__Output {
  'url': (string);
  'pieceLength'?: (number);
  'tag'?: (string);
  'application'?: (string);
  'filteredQueryParams': (string)[];
  'header': ({[key: string]: string});
  'username'?: (string);
  'password'?: (string);
  'platform'?: (string);
  'scope': (string);
  'ips': (string)[];
  'percentage'?: (number);
  'count'?: (number);
  'concurrentTaskCount'?: (number);
  'concurrentPeerCount'?: (number);
  'timeout'?: (_google_protobuf_Duration__Output | null);
  'priority': (_common_v2_Priority__Output);
  'certificateChain': (Buffer)[];
  'insecureSkipVerify': (boolean);
  '_pieceLength'?: "pieceLength";
  '_tag'?: "tag";
  '_application'?: "application";
  '_username'?: "username";
  '_password'?: "password";
  '_platform'?: "platform";
  '_percentage'?: "percentage";
  '_count'?: "count";
  '_concurrentTaskCount'?: "concurrentTaskCount";
  '_concurrentPeerCount'?: "concurrentPeerCount";
  '_timeout'?: "timeout";
}
