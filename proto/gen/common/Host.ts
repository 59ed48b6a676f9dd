// Original file: dragonfly/common-v1.proto


export interface Host {
  'id'?: (string);
  'ip'?: (string);
  'hostname'?: (string);
  'port'?: (number);
  'downloadPort'?: (number);
  'location'?: (string);
  'idc'?: (string);
  'proxyPort'?: (number);
}

export interface Host__Output {
  'id': (string);
  'ip': (string);
  'hostname': (string);
  'port': (number);
  'downloadPort': (number);
  'location': (string);
  'idc': (string);
  'proxyPort': (number);
}
