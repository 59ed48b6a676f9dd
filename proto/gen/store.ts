import type * as grpc from '@grpc/grpc-js';
import type { MessageTypeDefinition } from '@grpc/proto-loader';

import type { CompareAndSwapReply as _damselfly_store_v1_CompareAndSwapReply, CompareAndSwapReply__Output as _damselfly_store_v1_CompareAndSwapReply__Output } from './damselfly/store/v1/CompareAndSwapReply.ts';
import type { CompareAndSwapRequest as _damselfly_store_v1_CompareAndSwapRequest, CompareAndSwapRequest__Output as _damselfly_store_v1_CompareAndSwapRequest__Output } from './damselfly/store/v1/CompareAndSwapRequest.ts';
import type { DeleteReply as _damselfly_store_v1_DeleteReply, DeleteReply__Output as _damselfly_store_v1_DeleteReply__Output } from './damselfly/store/v1/DeleteReply.ts';
import type { DeleteRequest as _damselfly_store_v1_DeleteRequest, DeleteRequest__Output as _damselfly_store_v1_DeleteRequest__Output } from './damselfly/store/v1/DeleteRequest.ts';
import type { GetReply as _damselfly_store_v1_GetReply, GetReply__Output as _damselfly_store_v1_GetReply__Output } from './damselfly/store/v1/GetReply.ts';
import type { GetRequest as _damselfly_store_v1_GetRequest, GetRequest__Output as _damselfly_store_v1_GetRequest__Output } from './damselfly/store/v1/GetRequest.ts';
import type { Item as _damselfly_store_v1_Item, Item__Output as _damselfly_store_v1_Item__Output } from './damselfly/store/v1/Item.ts';
import type { ListReply as _damselfly_store_v1_ListReply, ListReply__Output as _damselfly_store_v1_ListReply__Output } from './damselfly/store/v1/ListReply.ts';
import type { ListRequest as _damselfly_store_v1_ListRequest, ListRequest__Output as _damselfly_store_v1_ListRequest__Output } from './damselfly/store/v1/ListRequest.ts';
import type { StoreClient as _damselfly_store_v1_StoreClient, StoreDefinition as _damselfly_store_v1_StoreDefinition } from './damselfly/store/v1/Store.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  damselfly: {
    store: {
      v1: {
        CompareAndSwapReply: MessageTypeDefinition<_damselfly_store_v1_CompareAndSwapReply, _damselfly_store_v1_CompareAndSwapReply__Output>
        CompareAndSwapRequest: MessageTypeDefinition<_damselfly_store_v1_CompareAndSwapRequest, _damselfly_store_v1_CompareAndSwapRequest__Output>
        DeleteReply: MessageTypeDefinition<_damselfly_store_v1_DeleteReply, _damselfly_store_v1_DeleteReply__Output>
        DeleteRequest: MessageTypeDefinition<_damselfly_store_v1_DeleteRequest, _damselfly_store_v1_DeleteRequest__Output>
        GetReply: MessageTypeDefinition<_damselfly_store_v1_GetReply, _damselfly_store_v1_GetReply__Output>
        GetRequest: MessageTypeDefinition<_damselfly_store_v1_GetRequest, _damselfly_store_v1_GetRequest__Output>
        Item: MessageTypeDefinition<_damselfly_store_v1_Item, _damselfly_store_v1_Item__Output>
        ListReply: MessageTypeDefinition<_damselfly_store_v1_ListReply, _damselfly_store_v1_ListReply__Output>
        ListRequest: MessageTypeDefinition<_damselfly_store_v1_ListRequest, _damselfly_store_v1_ListRequest__Output>
        Store: SubtypeConstructor<typeof grpc.Client, _damselfly_store_v1_StoreClient> & { service: _damselfly_store_v1_StoreDefinition }
      }
    }
  }
}

