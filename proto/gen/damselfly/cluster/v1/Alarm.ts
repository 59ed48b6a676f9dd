// Original file: damselfly/cluster.proto


export interface Alarm {
  'code'?: (string);
  'text'?: (string);
}

export interface Alarm__Output {
  'code': (string);
  'text': (string);
}
