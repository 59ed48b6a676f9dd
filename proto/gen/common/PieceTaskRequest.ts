// Original file: dragonfly/common-v1.proto


export interface PieceTaskRequest {
  'taskId'?: (string);
  'srcPid'?: (string);
  'dstPid'?: (string);
  'startNum'?: (number);
  'limit'?: (number);
}

export interface PieceTaskRequest__Output {
  'taskId': (string);
  'srcPid': (string);
  'dstPid': (string);
  'startNum': (number);
  'limit': (number);
}
