// Original file: dragonfly/common-v2.proto

import type { Long } from '@grpc/proto-loader';

export interface Network {
  'tcpConnectionCount'?: (number);
  'uploadTcpConnectionCount'?: (number);
  'location'?: (string);
  'idc'?: (string);
  'maxRxBandwidth'?: (number | string | Long);
  'rxBandwidth'?: (number | string | Long);
  'maxTxBandwidth'?: (number | string | Long);
  'txBandwidth'?: (number | string | Long);
  '_location'?: "location";
  '_idc'?: "idc";
  '_rxBandwidth'?: "rxBandwidth";
  '_txBandwidth'?: "txBandwidth";
}

export interface Network__Output {
  'tcpConnectionCount': (number);
  'uploadTcpConnectionCount': (number);
  'location'?: (string);
  'idc'?: (string);
  'maxRxBandwidth': (number);
  'rxBandwidth'?: (number);
  'maxTxBandwidth': (number);
  'txBandwidth'?: (number);
  '_location'?: "location";
  '_idc'?: "idc";
  '_rxBandwidth'?: "rxBandwidth";
  '_txBandwidth'?: "txBandwidth";
}
