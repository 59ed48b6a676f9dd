// Original file: dragonfly/common-v2.proto


export interface ModelScope {
  'token'?: (string);
  'revision'?: (string);
  'baseUrl'?: (string);
  '_token'?: "token";
  '_baseUrl'?: "baseUrl";
}

export interface ModelScope__Output {
  'token'?: (string);
  'revision': (string);
  'baseUrl'?: (string);
  '_token'?: "token";
  '_baseUrl'?: "baseUrl";
}
