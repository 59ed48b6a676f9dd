// Original file: dragonfly/dfdaemon-v1.proto

import type { UrlMeta as _common_UrlMeta, UrlMeta__Output as _common_UrlMeta__Output } from '../common/UrlMeta.ts';

export interface DeleteTaskRequest {
  'url'?: (string);
  'urlMeta'?: (_common_UrlMeta | null);
}

export interface DeleteTaskRequest__Output {
  'url': (string);
  'urlMeta': (_common_UrlMeta__Output | null);
}
