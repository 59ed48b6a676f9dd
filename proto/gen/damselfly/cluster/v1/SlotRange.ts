// Original file: damselfly/cluster.proto


export interface SlotRange {
  'start'?: (number);
  'end'?: (number);
}

export interface SlotRange__Output {
  'start': (number);
  'end': (number);
}
