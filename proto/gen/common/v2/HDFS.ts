// Original file: dragonfly/common-v2.proto


export interface HDFS {
  'delegationToken'?: (string);
  '_delegationToken'?: "delegationToken";
}

export interface HDFS__Output {
  'delegationToken'?: (string);
  '_delegationToken'?: "delegationToken";
}
