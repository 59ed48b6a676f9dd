// Original file: damselfly/cluster.proto


export interface JoinRequest {
  'clusterId'?: (string);
  'hostId'?: (string);
  'raftAddress'?: (string);
  'incarnation'?: (string);
  'nonce'?: (string);
  'protocolVersion'?: (number);
  'programVersion'?: (string);
  'features'?: (string)[];
  'joinToken'?: (string);
  'hostProof'?: (Buffer | Uint8Array | string);
  'replaces'?: (string);
  'learner'?: (boolean);
}

export interface JoinRequest__Output {
  'clusterId': (string);
  'hostId': (string);
  'raftAddress': (string);
  'incarnation': (string);
  'nonce': (string);
  'protocolVersion': (number);
  'programVersion': (string);
  'features': (string)[];
  'joinToken': (string);
  'hostProof': (Buffer);
  'replaces': (string);
  'learner': (boolean);
}
