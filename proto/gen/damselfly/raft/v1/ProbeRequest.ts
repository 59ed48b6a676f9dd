// Original file: damselfly/raft.proto


export interface ProbeRequest {
  'addresses'?: (string)[];
  'fromAddress'?: (string);
  'fromIncarnation'?: (string);
}

export interface ProbeRequest__Output {
  'addresses': (string)[];
  'fromAddress': (string);
  'fromIncarnation': (string);
}
