// Original file: dragonfly/scheduler-v2.proto


export interface Layer {
  'url'?: (string);
  'isFinished'?: (boolean);
  '_isFinished'?: "isFinished";
}

export interface Layer__Output {
  'url': (string);
  'isFinished'?: (boolean);
  '_isFinished'?: "isFinished";
}
