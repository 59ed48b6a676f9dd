// Original file: damselfly/store.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { CompareAndSwapReply as _damselfly_store_v1_CompareAndSwapReply, CompareAndSwapReply__Output as _damselfly_store_v1_CompareAndSwapReply__Output } from '../../../damselfly/store/v1/CompareAndSwapReply.ts';
import type { CompareAndSwapRequest as _damselfly_store_v1_CompareAndSwapRequest, CompareAndSwapRequest__Output as _damselfly_store_v1_CompareAndSwapRequest__Output } from '../../../damselfly/store/v1/CompareAndSwapRequest.ts';
import type { DeleteReply as _damselfly_store_v1_DeleteReply, DeleteReply__Output as _damselfly_store_v1_DeleteReply__Output } from '../../../damselfly/store/v1/DeleteReply.ts';
import type { DeleteRequest as _damselfly_store_v1_DeleteRequest, DeleteRequest__Output as _damselfly_store_v1_DeleteRequest__Output } from '../../../damselfly/store/v1/DeleteRequest.ts';
import type { GetReply as _damselfly_store_v1_GetReply, GetReply__Output as _damselfly_store_v1_GetReply__Output } from '../../../damselfly/store/v1/GetReply.ts';
import type { GetRequest as _damselfly_store_v1_GetRequest, GetRequest__Output as _damselfly_store_v1_GetRequest__Output } from '../../../damselfly/store/v1/GetRequest.ts';
import type { ListReply as _damselfly_store_v1_ListReply, ListReply__Output as _damselfly_store_v1_ListReply__Output } from '../../../damselfly/store/v1/ListReply.ts';
import type { ListRequest as _damselfly_store_v1_ListRequest, ListRequest__Output as _damselfly_store_v1_ListRequest__Output } from '../../../damselfly/store/v1/ListRequest.ts';

export interface StoreClient extends grpc.Client {
  CompareAndSwap(argument: _damselfly_store_v1_CompareAndSwapRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_damselfly_store_v1_CompareAndSwapReply__Output>): grpc.ClientUnaryCall;
  CompareAndSwap(argument: _damselfly_store_v1_CompareAndSwapRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_damselfly_store_v1_CompareAndSwapReply__Output>): grpc.ClientUnaryCall;
  CompareAndSwap(argument: _damselfly_store_v1_CompareAndSwapRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_damselfly_store_v1_CompareAndSwapReply__Output>): grpc.ClientUnaryCall;
  CompareAndSwap(argument: _damselfly_store_v1_CompareAndSwapRequest, callback: grpc.requestCallback<_damselfly_store_v1_CompareAndSwapReply__Output>): grpc.ClientUnaryCall;
  compareAndSwap(argument: _damselfly_store_v1_CompareAndSwapRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_damselfly_store_v1_CompareAndSwapReply__Output>): grpc.ClientUnaryCall;
  compareAndSwap(argument: _damselfly_store_v1_CompareAndSwapRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_damselfly_store_v1_CompareAndSwapReply__Output>): grpc.ClientUnaryCall;
  compareAndSwap(argument: _damselfly_store_v1_CompareAndSwapRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_damselfly_store_v1_CompareAndSwapReply__Output>): grpc.ClientUnaryCall;
  compareAndSwap(argument: _damselfly_store_v1_CompareAndSwapRequest, callback: grpc.requestCallback<_damselfly_store_v1_CompareAndSwapReply__Output>): grpc.ClientUnaryCall;
  
  Delete(argument: _damselfly_store_v1_DeleteRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_damselfly_store_v1_DeleteReply__Output>): grpc.ClientUnaryCall;
  Delete(argument: _damselfly_store_v1_DeleteRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_damselfly_store_v1_DeleteReply__Output>): grpc.ClientUnaryCall;
  Delete(argument: _damselfly_store_v1_DeleteRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_damselfly_store_v1_DeleteReply__Output>): grpc.ClientUnaryCall;
  Delete(argument: _damselfly_store_v1_DeleteRequest, callback: grpc.requestCallback<_damselfly_store_v1_DeleteReply__Output>): grpc.ClientUnaryCall;
  delete(argument: _damselfly_store_v1_DeleteRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_damselfly_store_v1_DeleteReply__Output>): grpc.ClientUnaryCall;
  delete(argument: _damselfly_store_v1_DeleteRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_damselfly_store_v1_DeleteReply__Output>): grpc.ClientUnaryCall;
  delete(argument: _damselfly_store_v1_DeleteRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_damselfly_store_v1_DeleteReply__Output>): grpc.ClientUnaryCall;
  delete(argument: _damselfly_store_v1_DeleteRequest, callback: grpc.requestCallback<_damselfly_store_v1_DeleteReply__Output>): grpc.ClientUnaryCall;
  
  Get(argument: _damselfly_store_v1_GetRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_damselfly_store_v1_GetReply__Output>): grpc.ClientUnaryCall;
  Get(argument: _damselfly_store_v1_GetRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_damselfly_store_v1_GetReply__Output>): grpc.ClientUnaryCall;
  Get(argument: _damselfly_store_v1_GetRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_damselfly_store_v1_GetReply__Output>): grpc.ClientUnaryCall;
  Get(argument: _damselfly_store_v1_GetRequest, callback: grpc.requestCallback<_damselfly_store_v1_GetReply__Output>): grpc.ClientUnaryCall;
  get(argument: _damselfly_store_v1_GetRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_damselfly_store_v1_GetReply__Output>): grpc.ClientUnaryCall;
  get(argument: _damselfly_store_v1_GetRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_damselfly_store_v1_GetReply__Output>): grpc.ClientUnaryCall;
  get(argument: _damselfly_store_v1_GetRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_damselfly_store_v1_GetReply__Output>): grpc.ClientUnaryCall;
  get(argument: _damselfly_store_v1_GetRequest, callback: grpc.requestCallback<_damselfly_store_v1_GetReply__Output>): grpc.ClientUnaryCall;
  
  List(argument: _damselfly_store_v1_ListRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_damselfly_store_v1_ListReply__Output>): grpc.ClientUnaryCall;
  List(argument: _damselfly_store_v1_ListRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_damselfly_store_v1_ListReply__Output>): grpc.ClientUnaryCall;
  List(argument: _damselfly_store_v1_ListRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_damselfly_store_v1_ListReply__Output>): grpc.ClientUnaryCall;
  List(argument: _damselfly_store_v1_ListRequest, callback: grpc.requestCallback<_damselfly_store_v1_ListReply__Output>): grpc.ClientUnaryCall;
  list(argument: _damselfly_store_v1_ListRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_damselfly_store_v1_ListReply__Output>): grpc.ClientUnaryCall;
  list(argument: _damselfly_store_v1_ListRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_damselfly_store_v1_ListReply__Output>): grpc.ClientUnaryCall;
  list(argument: _damselfly_store_v1_ListRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_damselfly_store_v1_ListReply__Output>): grpc.ClientUnaryCall;
  list(argument: _damselfly_store_v1_ListRequest, callback: grpc.requestCallback<_damselfly_store_v1_ListReply__Output>): grpc.ClientUnaryCall;
  
}

export interface StoreHandlers extends grpc.UntypedServiceImplementation {
  CompareAndSwap: grpc.handleUnaryCall<_damselfly_store_v1_CompareAndSwapRequest__Output, _damselfly_store_v1_CompareAndSwapReply>;
  
  Delete: grpc.handleUnaryCall<_damselfly_store_v1_DeleteRequest__Output, _damselfly_store_v1_DeleteReply>;
  
  Get: grpc.handleUnaryCall<_damselfly_store_v1_GetRequest__Output, _damselfly_store_v1_GetReply>;
  
  List: grpc.handleUnaryCall<_damselfly_store_v1_ListRequest__Output, _damselfly_store_v1_ListReply>;
  
}

export interface StoreDefinition extends grpc.ServiceDefinition {
  CompareAndSwap: MethodDefinition<_damselfly_store_v1_CompareAndSwapRequest, _damselfly_store_v1_CompareAndSwapReply, _damselfly_store_v1_CompareAndSwapRequest__Output, _damselfly_store_v1_CompareAndSwapReply__Output>
  Delete: MethodDefinition<_damselfly_store_v1_DeleteRequest, _damselfly_store_v1_DeleteReply, _damselfly_store_v1_DeleteRequest__Output, _damselfly_store_v1_DeleteReply__Output>
  Get: MethodDefinition<_damselfly_store_v1_GetRequest, _damselfly_store_v1_GetReply, _damselfly_store_v1_GetRequest__Output, _damselfly_store_v1_GetReply__Output>
  List: MethodDefinition<_damselfly_store_v1_ListRequest, _damselfly_store_v1_ListReply, _damselfly_store_v1_ListRequest__Output, _damselfly_store_v1_ListReply__Output>
}
