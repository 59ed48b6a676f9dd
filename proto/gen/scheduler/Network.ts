// Original file: dragonfly/scheduler-v1.proto


export interface Network {
  'tcpConnectionCount'?: (number);
  'uploadTcpConnectionCount'?: (number);
  'location'?: (string);
  'idc'?: (string);
}

export interface Network__Output {
  'tcpConnectionCount': (number);
  'uploadTcpConnectionCount': (number);
  'location': (string);
  'idc': (string);
}
