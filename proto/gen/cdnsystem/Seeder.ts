// Original file: dragonfly/cdnsystem-v1.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { PiecePacket as _common_PiecePacket, PiecePacket__Output as _common_PiecePacket__Output } from '../common/PiecePacket.ts';
import type { PieceSeed as _cdnsystem_PieceSeed, PieceSeed__Output as _cdnsystem_PieceSeed__Output } from '../cdnsystem/PieceSeed.ts';
import type { PieceTaskRequest as _common_PieceTaskRequest, PieceTaskRequest__Output as _common_PieceTaskRequest__Output } from '../common/PieceTaskRequest.ts';
import type { SeedRequest as _cdnsystem_SeedRequest, SeedRequest__Output as _cdnsystem_SeedRequest__Output } from '../cdnsystem/SeedRequest.ts';

export interface SeederClient extends grpc.Client {
  GetPieceTasks(argument: _common_PieceTaskRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_common_PiecePacket__Output>): grpc.ClientUnaryCall;
  GetPieceTasks(argument: _common_PieceTaskRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_common_PiecePacket__Output>): grpc.ClientUnaryCall;
  GetPieceTasks(argument: _common_PieceTaskRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_common_PiecePacket__Output>): grpc.ClientUnaryCall;
  GetPieceTasks(argument: _common_PieceTaskRequest, callback: grpc.requestCallback<_common_PiecePacket__Output>): grpc.ClientUnaryCall;
  getPieceTasks(argument: _common_PieceTaskRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_common_PiecePacket__Output>): grpc.ClientUnaryCall;
  getPieceTasks(argument: _common_PieceTaskRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_common_PiecePacket__Output>): grpc.ClientUnaryCall;
  getPieceTasks(argument: _common_PieceTaskRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_common_PiecePacket__Output>): grpc.ClientUnaryCall;
  getPieceTasks(argument: _common_PieceTaskRequest, callback: grpc.requestCallback<_common_PiecePacket__Output>): grpc.ClientUnaryCall;
  
  ObtainSeeds(argument: _cdnsystem_SeedRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_cdnsystem_PieceSeed__Output>;
  ObtainSeeds(argument: _cdnsystem_SeedRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_cdnsystem_PieceSeed__Output>;
  obtainSeeds(argument: _cdnsystem_SeedRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_cdnsystem_PieceSeed__Output>;
  obtainSeeds(argument: _cdnsystem_SeedRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_cdnsystem_PieceSeed__Output>;
  
  SyncPieceTasks(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_common_PieceTaskRequest, _common_PiecePacket__Output>;
  SyncPieceTasks(options?: grpc.CallOptions): grpc.ClientDuplexStream<_common_PieceTaskRequest, _common_PiecePacket__Output>;
  syncPieceTasks(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_common_PieceTaskRequest, _common_PiecePacket__Output>;
  syncPieceTasks(options?: grpc.CallOptions): grpc.ClientDuplexStream<_common_PieceTaskRequest, _common_PiecePacket__Output>;
  
}

export interface SeederHandlers extends grpc.UntypedServiceImplementation {
  GetPieceTasks: grpc.handleUnaryCall<_common_PieceTaskRequest__Output, _common_PiecePacket>;
  
  ObtainSeeds: grpc.handleServerStreamingCall<_cdnsystem_SeedRequest__Output, _cdnsystem_PieceSeed>;
  
  SyncPieceTasks: grpc.handleBidiStreamingCall<_common_PieceTaskRequest__Output, _common_PiecePacket>;
  
}

export interface SeederDefinition extends grpc.ServiceDefinition {
  GetPieceTasks: MethodDefinition<_common_PieceTaskRequest, _common_PiecePacket, _common_PieceTaskRequest__Output, _common_PiecePacket__Output>
  ObtainSeeds: MethodDefinition<_cdnsystem_SeedRequest, _cdnsystem_PieceSeed, _cdnsystem_SeedRequest__Output, _cdnsystem_PieceSeed__Output>
  SyncPieceTasks: MethodDefinition<_common_PieceTaskRequest, _common_PiecePacket, _common_PieceTaskRequest__Output, _common_PiecePacket__Output>
}
