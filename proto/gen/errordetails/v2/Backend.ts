// Original file: dragonfly/errordetails-v2.proto


export interface Backend {
  'message'?: (string);
  'header'?: ({[key: string]: string});
  'statusCode'?: (number);
  '_statusCode'?: "statusCode";
}

export interface Backend__Output {
  'message': (string);
  'header': ({[key: string]: string});
  'statusCode'?: (number);
  '_statusCode'?: "statusCode";
}
