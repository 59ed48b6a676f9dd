// Original file: damselfly/cluster.proto


export interface NotShown {
  'members'?: (number);
  'voters'?: (number);
  'silentMembers'?: (number);
  'silentVoters'?: (number);
}

export interface NotShown__Output {
  'members': (number);
  'voters': (number);
  'silentMembers': (number);
  'silentVoters': (number);
}
