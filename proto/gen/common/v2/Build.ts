// Original file: dragonfly/common-v2.proto


export interface Build {
  'gitVersion'?: (string);
  'gitCommit'?: (string);
  'goVersion'?: (string);
  'rustVersion'?: (string);
  'platform'?: (string);
  '_gitCommit'?: "gitCommit";
  '_goVersion'?: "goVersion";
  '_rustVersion'?: "rustVersion";
  '_platform'?: "platform";
}

export interface Build__Output {
  'gitVersion': (string);
  'gitCommit'?: (string);
  'goVersion'?: (string);
  'rustVersion'?: (string);
  'platform'?: (string);
  '_gitCommit'?: "gitCommit";
  '_goVersion'?: "goVersion";
  '_rustVersion'?: "rustVersion";
  '_platform'?: "platform";
}
