// Original file: dragonfly/common-v1.proto


export interface ExtendAttribute {
  'header'?: ({[key: string]: string});
  'statusCode'?: (number);
  'status'?: (string);
}

export interface ExtendAttribute__Output {
  'header': ({[key: string]: string});
  'statusCode': (number);
  'status': (string);
}
