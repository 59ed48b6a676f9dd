// Original file: damselfly/store.proto

import type { Item as _damselfly_store_v1_Item, Item__Output as _damselfly_store_v1_Item__Output } from '../../../damselfly/store/v1/Item.ts';
import type { Long } from '@grpc/proto-loader';

export interface ListReply {
  'items'?: (_damselfly_store_v1_Item)[];
  'more'?: (boolean);
  'index'?: (number | string | Long);
}

export interface ListReply__Output {
  'items': (_damselfly_store_v1_Item__Output)[];
  'more': (boolean);
  'index': (number);
}
