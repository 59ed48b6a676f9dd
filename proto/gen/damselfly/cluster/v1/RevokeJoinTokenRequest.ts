// Original file: damselfly/cluster.proto


export interface RevokeJoinTokenRequest {
  'tokenId'?: (string);
}

export interface RevokeJoinTokenRequest__Output {
  'tokenId': (string);
}
