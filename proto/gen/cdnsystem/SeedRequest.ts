// Original file: dragonfly/cdnsystem-v1.proto

import type { UrlMeta as _common_UrlMeta, UrlMeta__Output as _common_UrlMeta__Output } from '../common/UrlMeta.ts';

export interface SeedRequest {
  'taskId'?: (string);
  'url'?: (string);
  'urlMeta'?: (_common_UrlMeta | null);
}

export interface SeedRequest__Output {
  'taskId': (string);
  'url': (string);
  'urlMeta': (_common_UrlMeta__Output | null);
}
