// Original file: damselfly/cluster.proto

import type { Long } from '@grpc/proto-loader';

export interface Member {
  'id'?: (number | string | Long);
  'addr'?: (string);
  'raftAddr'?: (string);
  'pid'?: (number);
  'role'?: (string);
  'state'?: (string);
  'term'?: (number | string | Long);
  'commit'?: (number | string | Long);
  'applied'?: (number | string | Long);
  'hostId'?: (string);
  'incarnation'?: (string);
  'version'?: (string);
  'match'?: (number | string | Long);
  'lastContactMs'?: (number | string | Long);
  'diskFreeBytes'?: (number | string | Long);
  'diskTotalBytes'?: (number | string | Long);
  'dataBytes'?: (number | string | Long);
  'loadedBytes'?: (number | string | Long);
  'loadTotalBytes'?: (number | string | Long);
  'loadedPercent'?: (number | string);
  'features'?: (string)[];
  '_pid'?: "pid";
  '_term'?: "term";
  '_commit'?: "commit";
  '_applied'?: "applied";
  '_match'?: "match";
  '_lastContactMs'?: "lastContactMs";
  '_diskFreeBytes'?: "diskFreeBytes";
  '_diskTotalBytes'?: "diskTotalBytes";
  '_dataBytes'?: "dataBytes";
  '_loadedBytes'?: "loadedBytes";
  '_loadTotalBytes'?: "loadTotalBytes";
  '_loadedPercent'?: "loadedPercent";
}

export interface Member__Output {
  'id': (number);
  'addr': (string);
  'raftAddr': (string);
  'pid'?: (number);
  'role': (string);
  'state': (string);
  'term'?: (number);
  'commit'?: (number);
  'applied'?: (number);
  'hostId': (string);
  'incarnation': (string);
  'version': (string);
  'match'?: (number);
  'lastContactMs'?: (number);
  'diskFreeBytes'?: (number);
  'diskTotalBytes'?: (number);
  'dataBytes'?: (number);
  'loadedBytes'?: (number);
  'loadTotalBytes'?: (number);
  'loadedPercent'?: (number);
  'features': (string)[];
  '_pid'?: "pid";
  '_term'?: "term";
  '_commit'?: "commit";
  '_applied'?: "applied";
  '_match'?: "match";
  '_lastContactMs'?: "lastContactMs";
  '_diskFreeBytes'?: "diskFreeBytes";
  '_diskTotalBytes'?: "diskTotalBytes";
  '_dataBytes'?: "dataBytes";
  '_loadedBytes'?: "loadedBytes";
  '_loadTotalBytes'?: "loadTotalBytes";
  '_loadedPercent'?: "loadedPercent";
}
