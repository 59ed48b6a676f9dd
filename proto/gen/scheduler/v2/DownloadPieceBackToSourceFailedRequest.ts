// Original file: dragonfly/scheduler-v2.proto

import type { Backend as _errordetails_v2_Backend, Backend__Output as _errordetails_v2_Backend__Output } from '../../errordetails/v2/Backend.ts';
import type { Unknown as _errordetails_v2_Unknown, Unknown__Output as _errordetails_v2_Unknown__Output } from '../../errordetails/v2/Unknown.ts';

export interface DownloadPieceBackToSourceFailedRequest {
  'pieceNumber'?: (number);
  'backend'?: (_errordetails_v2_Backend | null);
  'unknown'?: (_errordetails_v2_Unknown | null);
  '_pieceNumber'?: "pieceNumber";
  'response'?: "backend"|"unknown";
}

export interface DownloadPieceBackToSourceFailedRequest__Output {
  'pieceNumber'?: (number);
  'backend'?: (_errordetails_v2_Backend__Output | null);
  'unknown'?: (_errordetails_v2_Unknown__Output | null);
  '_pieceNumber'?: "pieceNumber";
  'response'?: "backend"|"unknown";
}
