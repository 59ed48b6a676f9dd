// Original file: dragonfly/errordetails-v1.proto

import type { ExtendAttribute as _common_ExtendAttribute, ExtendAttribute__Output as _common_ExtendAttribute__Output } from '../common/ExtendAttribute.ts';

export interface SourceError {
  'temporary'?: (boolean);
  'metadata'?: (_common_ExtendAttribute | null);
}

export interface SourceError__Output {
  'temporary': (boolean);
  'metadata': (_common_ExtendAttribute__Output | null);
}
