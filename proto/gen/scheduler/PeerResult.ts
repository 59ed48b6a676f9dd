// Original file: dragonfly/scheduler-v1.proto

import type { Code as _common_Code, Code__Output as _common_Code__Output } from '../common/Code.ts';
import type { SourceError as _errordetails_SourceError, SourceError__Output as _errordetails_SourceError__Output } from '../errordetails/SourceError.ts';
import type { Long } from '@grpc/proto-loader';

export interface PeerResult {
  'taskId'?: (string);
  'peerId'?: (string);
  'srcIp'?: (string);
  'idc'?: (string);
  'url'?: (string);
  'contentLength'?: (number | string | Long);
  'traffic'?: (number | string | Long);
  'cost'?: (number);
  'success'?: (boolean);
  'code'?: (_common_Code);
  'totalPieceCount'?: (number);
  'sourceError'?: (_errordetails_SourceError | null);
  'errordetails'?: "sourceError";
}

export interface PeerResult__Output {
  'taskId': (string);
  'peerId': (string);
  'srcIp': (string);
  'idc': (string);
  'url': (string);
  'contentLength': (number);
  'traffic': (number);
  'cost': (number);
  'success': (boolean);
  'code': (_common_Code__Output);
  'totalPieceCount': (number);
  'sourceError'?: (_errordetails_SourceError__Output | null);
  'errordetails'?: "sourceError";
}
