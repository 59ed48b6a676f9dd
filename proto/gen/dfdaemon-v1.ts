import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { ExtendAttribute as _common_ExtendAttribute, ExtendAttribute__Output as _common_ExtendAttribute__Output } from './common/ExtendAttribute.ts';
import type { GrpcDfError as _common_GrpcDfError, GrpcDfError__Output as _common_GrpcDfError__Output } from './common/GrpcDfError.ts';
import type { Host as _common_Host, Host__Output as _common_Host__Output } from './common/Host.ts';
import type { PieceInfo as _common_PieceInfo, PieceInfo__Output as _common_PieceInfo__Output } from './common/PieceInfo.ts';
import type { PiecePacket as _common_PiecePacket, PiecePacket__Output as _common_PiecePacket__Output } from './common/PiecePacket.ts';
import type { PieceTaskRequest as _common_PieceTaskRequest, PieceTaskRequest__Output as _common_PieceTaskRequest__Output } from './common/PieceTaskRequest.ts';
import type { UrlMeta as _common_UrlMeta, UrlMeta__Output as _common_UrlMeta__Output } from './common/UrlMeta.ts';
import type { DaemonClient as _dfdaemon_DaemonClient, DaemonDefinition as _dfdaemon_DaemonDefinition } from './dfdaemon/Daemon.ts';
import type { DeleteTaskRequest as _dfdaemon_DeleteTaskRequest, DeleteTaskRequest__Output as _dfdaemon_DeleteTaskRequest__Output } from './dfdaemon/DeleteTaskRequest.ts';
import type { DownRequest as _dfdaemon_DownRequest, DownRequest__Output as _dfdaemon_DownRequest__Output } from './dfdaemon/DownRequest.ts';
import type { DownResult as _dfdaemon_DownResult, DownResult__Output as _dfdaemon_DownResult__Output } from './dfdaemon/DownResult.ts';
import type { ExportTaskRequest as _dfdaemon_ExportTaskRequest, ExportTaskRequest__Output as _dfdaemon_ExportTaskRequest__Output } from './dfdaemon/ExportTaskRequest.ts';
import type { ImportTaskRequest as _dfdaemon_ImportTaskRequest, ImportTaskRequest__Output as _dfdaemon_ImportTaskRequest__Output } from './dfdaemon/ImportTaskRequest.ts';
import type { PeerExchangeData as _dfdaemon_PeerExchangeData, PeerExchangeData__Output as _dfdaemon_PeerExchangeData__Output } from './dfdaemon/PeerExchangeData.ts';
import type { PeerMetadata as _dfdaemon_PeerMetadata, PeerMetadata__Output as _dfdaemon_PeerMetadata__Output } from './dfdaemon/PeerMetadata.ts';
import type { StatTaskRequest as _dfdaemon_StatTaskRequest, StatTaskRequest__Output as _dfdaemon_StatTaskRequest__Output } from './dfdaemon/StatTaskRequest.ts';
import type { Empty as _google_protobuf_Empty, Empty__Output as _google_protobuf_Empty__Output } from './google/protobuf/Empty.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
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
  dfdaemon: {
    Daemon: SubtypeConstructor<typeof grpc.Client, _dfdaemon_DaemonClient> & { service: _dfdaemon_DaemonDefinition }
    DeleteTaskRequest: MessageTypeDefinition<_dfdaemon_DeleteTaskRequest, _dfdaemon_DeleteTaskRequest__Output>
    DownRequest: MessageTypeDefinition<_dfdaemon_DownRequest, _dfdaemon_DownRequest__Output>
    DownResult: MessageTypeDefinition<_dfdaemon_DownResult, _dfdaemon_DownResult__Output>
    ExportTaskRequest: MessageTypeDefinition<_dfdaemon_ExportTaskRequest, _dfdaemon_ExportTaskRequest__Output>
    ImportTaskRequest: MessageTypeDefinition<_dfdaemon_ImportTaskRequest, _dfdaemon_ImportTaskRequest__Output>
    PeerExchangeData: MessageTypeDefinition<_dfdaemon_PeerExchangeData, _dfdaemon_PeerExchangeData__Output>
    PeerMetadata: MessageTypeDefinition<_dfdaemon_PeerMetadata, _dfdaemon_PeerMetadata__Output>
    PeerState: EnumTypeDefinition
    StatTaskRequest: MessageTypeDefinition<_dfdaemon_StatTaskRequest, _dfdaemon_StatTaskRequest__Output>
  }
  google: {
    protobuf: {
      Empty: MessageTypeDefinition<_google_protobuf_Empty, _google_protobuf_Empty__Output>
    }
  }
}

