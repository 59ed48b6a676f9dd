// Original file: dragonfly/scheduler-v1.proto

import type { Code as _common_Code, Code__Output as _common_Code__Output } from '../common/Code.ts';
import type { SourceError as _errordetails_SourceError, SourceError__Output as _errordetails_SourceError__Output } from '../errordetails/SourceError.ts';

export interface _scheduler_PeerPacket_DestPeer {
  'ip'?: (string);
  'rpcPort'?: (number);
  'peerId'?: (string);
}

export interface _scheduler_PeerPacket_DestPeer__Output {
  'ip': (string);
  'rpcPort': (number);
  'peerId': (string);
}

export interface PeerPacket {
  'taskId'?: (string);
  'srcPid'?: (string);
  'mainPeer'?: (_scheduler_PeerPacket_DestPeer | null);
  'candidatePeers'?: (_scheduler_PeerPacket_DestPeer)[];
  'code'?: (_common_Code);
  'sourceError'?: (_errordetails_SourceError | null);
  'errordetails'?: "sourceError";
}

export interface PeerPacket__Output {
  'taskId': (string);
  'srcPid': (string);
  'mainPeer': (_scheduler_PeerPacket_DestPeer__Output | null);
  'candidatePeers': (_scheduler_PeerPacket_DestPeer__Output)[];
  'code': (_common_Code__Output);
  'sourceError'?: (_errordetails_SourceError__Output | null);
  'errordetails'?: "sourceError";
}
