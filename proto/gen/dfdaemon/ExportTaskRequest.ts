// Original file: dragonfly/dfdaemon-v1.proto

import type { UrlMeta as _common_UrlMeta, UrlMeta__Output as _common_UrlMeta__Output } from '../common/UrlMeta.ts';
import type { Long } from '@grpc/proto-loader';

export interface ExportTaskRequest {
  'url'?: (string);
  'output'?: (string);
  'timeout'?: (number | string | Long);
  'limit'?: (number | string);
  'urlMeta'?: (_common_UrlMeta | null);
  'uid'?: (number | string | Long);
  'gid'?: (number | string | Long);
  'localOnly'?: (boolean);
}

export interface ExportTaskRequest__Output {
  'url': (string);
  'output': (string);
  'timeout': (number);
  'limit': (number);
  'urlMeta': (_common_UrlMeta__Output | null);
  'uid': (number);
  'gid': (number);
  'localOnly': (boolean);
}
