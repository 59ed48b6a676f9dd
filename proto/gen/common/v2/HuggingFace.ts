// Original file: dragonfly/common-v2.proto


export interface HuggingFace {
  'token'?: (string);
  'revision'?: (string);
  'baseUrl'?: (string);
  '_token'?: "token";
  '_baseUrl'?: "baseUrl";
}

export interface HuggingFace__Output {
  'token'?: (string);
  'revision': (string);
  'baseUrl'?: (string);
  '_token'?: "token";
  '_baseUrl'?: "baseUrl";
}
