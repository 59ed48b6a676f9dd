// Original file: damselfly/store.proto

import type { Item as _damselfly_store_v1_Item, Item__Output as _damselfly_store_v1_Item__Output } from '../../../damselfly/store/v1/Item.ts';
import type { Long } from '@grpc/proto-loader';

export interface GetReply {
  'item'?: (_damselfly_store_v1_Item | null);
  'index'?: (number | string | Long);
}

export interface GetReply__Output {
  'item': (_damselfly_store_v1_Item__Output | null);
  'index': (number);
}
