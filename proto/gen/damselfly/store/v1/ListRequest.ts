// Original file: damselfly/store.proto


export interface ListRequest {
  'prefix'?: (string);
  'after'?: (string);
  'limit'?: (number);
  'keysOnly'?: (boolean);
}

export interface ListRequest__Output {
  'prefix': (string);
  'after': (string);
  'limit': (number);
  'keysOnly': (boolean);
}
