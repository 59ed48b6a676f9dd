// Original file: dragonfly/dfdaemon-v1.proto

import type { UrlMeta as _common_UrlMeta, UrlMeta__Output as _common_UrlMeta__Output } from '../common/UrlMeta.ts';
import type { Long } from '@grpc/proto-loader';

export interface DownRequest {
  'uuid'?: (string);
  'url'?: (string);
  'output'?: (string);
  'timeout'?: (number | string | Long);
  'limit'?: (number | string);
  'disableBackSource'?: (boolean);
  'urlMeta'?: (_common_UrlMeta | null);
  'uid'?: (number | string | Long);
  'gid'?: (number | string | Long);
  'keepOriginalOffset'?: (boolean);
  'recursive'?: (boolean);
}

export interface DownRequest__Output {
  'uuid': (string);
  'url': (string);
  'output': (string);
  'timeout': (number);
  'limit': (number);
  'disableBackSource': (boolean);
  'urlMeta': (_common_UrlMeta__Output | null);
  'uid': (number);
  'gid': (number);
  'keepOriginalOffset': (boolean);
  'recursive': (boolean);
}
