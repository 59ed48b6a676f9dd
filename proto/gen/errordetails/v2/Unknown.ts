// Original file: dragonfly/errordetails-v2.proto


export interface Unknown {
  'message'?: (string);
  '_message'?: "message";
}

export interface Unknown__Output {
  'message'?: (string);
  '_message'?: "message";
}
