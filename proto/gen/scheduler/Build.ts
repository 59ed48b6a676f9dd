// Original file: dragonfly/scheduler-v1.proto


export interface Build {
  'gitVersion'?: (string);
  'gitCommit'?: (string);
  'goVersion'?: (string);
  'platform'?: (string);
}

export interface Build__Output {
  'gitVersion': (string);
  'gitCommit': (string);
  'goVersion': (string);
  'platform': (string);
}
