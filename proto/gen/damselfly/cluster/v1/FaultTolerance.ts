// Original file: damselfly/cluster.proto


export interface FaultTolerance {
  'voters'?: (number);
  'quorum'?: (number);
  'active'?: (number);
  'canLose'?: (number);
}

export interface FaultTolerance__Output {
  'voters': (number);
  'quorum': (number);
  'active': (number);
  'canLose': (number);
}
