// Original file: damselfly/raft.proto


export interface Frame {
  'messages'?: (Buffer | Uint8Array | string)[];
  'crc32'?: (number);
  'refusal'?: (string);
  'goodbye'?: (boolean);
}

export interface Frame__Output {
  'messages': (Buffer)[];
  'crc32': (number);
  'refusal': (string);
  'goodbye': (boolean);
}
