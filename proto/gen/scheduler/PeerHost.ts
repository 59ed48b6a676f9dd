// Original file: dragonfly/scheduler-v1.proto


export interface PeerHost {
  'id'?: (string);
  'ip'?: (string);
  'rpcPort'?: (number);
  'downPort'?: (number);
  'hostname'?: (string);
  'location'?: (string);
  'idc'?: (string);
  'proxyPort'?: (number);
}

export interface PeerHost__Output {
  'id': (string);
  'ip': (string);
  'rpcPort': (number);
  'downPort': (number);
  'hostname': (string);
  'location': (string);
  'idc': (string);
  'proxyPort': (number);
}
