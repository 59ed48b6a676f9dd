// Original file: dragonfly/common-v1.proto

import type { Priority as _common_Priority, Priority__Output as _common_Priority__Output } from '../common/Priority.ts';

export interface UrlMeta {
  'digest'?: (string);
  'tag'?: (string);
  'range'?: (string);
  'filter'?: (string);
  'header'?: ({[key: string]: string});
  'application'?: (string);
  'priority'?: (_common_Priority);
}

export interface UrlMeta__Output {
  'digest': (string);
  'tag': (string);
  'range': (string);
  'filter': (string);
  'header': ({[key: string]: string});
  'application': (string);
  'priority': (_common_Priority__Output);
}
