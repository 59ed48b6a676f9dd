// Original file: damselfly/cluster.proto


export interface NodesRequest {
  'all'?: (boolean);
}

export interface NodesRequest__Output {
  'all': (boolean);
}
