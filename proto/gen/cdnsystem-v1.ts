import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { PieceSeed as _cdnsystem_PieceSeed, PieceSeed__Output as _cdnsystem_PieceSeed__Output } from './cdnsystem/PieceSeed.ts';
import type { SeedRequest as _cdnsystem_SeedRequest, SeedRequest__Output as _cdnsystem_SeedRequest__Output } from './cdnsystem/SeedRequest.ts';
import type { SeederClient as _cdnsystem_SeederClient, SeederDefinition as _cdnsystem_SeederDefinition } from './cdnsystem/Seeder.ts';
import type { ExtendAttribute as _common_ExtendAttribute, ExtendAttribute__Output as _common_ExtendAttribute__Output } from './common/ExtendAttribute.ts';
import type { GrpcDfError as _common_GrpcDfError, GrpcDfError__Output as _common_GrpcDfError__Output } from './common/GrpcDfError.ts';
import type { Host as _common_Host, Host__Output as _common_Host__Output } from './common/Host.ts';
import type { PieceInfo as _common_PieceInfo, PieceInfo__Output as _common_PieceInfo__Output } from './common/PieceInfo.ts';
import type { PiecePacket as _common_PiecePacket, PiecePacket__Output as _common_PiecePacket__Output } from './common/PiecePacket.ts';
import type { PieceTaskRequest as _common_PieceTaskRequest, PieceTaskRequest__Output as _common_PieceTaskRequest__Output } from './common/PieceTaskRequest.ts';
import type { UrlMeta as _common_UrlMeta, UrlMeta__Output as _common_UrlMeta__Output } from './common/UrlMeta.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  cdnsystem: {
    PieceSeed: MessageTypeDefinition<_cdnsystem_PieceSeed, _cdnsystem_PieceSeed__Output>
    SeedRequest: MessageTypeDefinition<_cdnsystem_SeedRequest, _cdnsystem_SeedRequest__Output>
    Seeder: SubtypeConstructor<typeof grpc.Client, _cdnsystem_SeederClient> & { service: _cdnsystem_SeederDefinition }
  }
  common: {
    Code: EnumTypeDefinition
    ExtendAttribute: MessageTypeDefinition<_common_ExtendAttribute, _common_ExtendAttribute__Output>
    GrpcDfError: MessageTypeDefinition<_common_GrpcDfError, _common_GrpcDfError__Output>
    Host: MessageTypeDefinition<_common_Host, _common_Host__Output>
    PieceInfo: MessageTypeDefinition<_common_PieceInfo, _common_PieceInfo__Output>
    PiecePacket: MessageTypeDefinition<_common_PiecePacket, _common_PiecePacket__Output>
    PieceStyle: EnumTypeDefinition
    PieceTaskRequest: MessageTypeDefinition<_common_PieceTaskRequest, _common_PieceTaskRequest__Output>
    Priority: EnumTypeDefinition
    SizeScope: EnumTypeDefinition
    TaskType: EnumTypeDefinition
    UrlMeta: MessageTypeDefinition<_common_UrlMeta, _common_UrlMeta__Output>
  }
}

