// Original file: dragonfly/common-v1.proto

import type { Code as _common_Code, Code__Output as _common_Code__Output } from '../common/Code.ts';

export interface GrpcDfError {
  'code'?: (_common_Code);
  'message'?: (string);
}

export interface GrpcDfError__Output {
  'code': (_common_Code__Output);
  'message': (string);
}
