// Loads the .proto files once and hands them out typed. The generated types are committed in gen/;
// what the loader makes at run time must agree with them, so its options stand here alone.
import { fileURLToPath } from 'node:url'
import { loadPackageDefinition } from '@grpc/grpc-js'
import { loadSync } from '@grpc/proto-loader'
import type { Options, PackageDefinition } from '@grpc/proto-loader'
import type { ProtoGrpcType as CdnSystemV1 } from './gen/cdnsystem-v1.ts'
import type { ProtoGrpcType as ClusterV1 } from './gen/cluster.ts'
import type { ProtoGrpcType as CommonV1 } from './gen/common-v1.ts'
import type { ProtoGrpcType as CommonV2 } from './gen/common-v2.ts'
import type { ProtoGrpcType as DfdaemonV1 } from './gen/dfdaemon-v1.ts'
import type { ProtoGrpcType as DfdaemonV2 } from './gen/dfdaemon-v2.ts'
import type { ProtoGrpcType as ErrorDetailsV1 } from './gen/errordetails-v1.ts'
import type { ProtoGrpcType as ManagerV1 } from './gen/manager-v1.ts'
import type { ProtoGrpcType as ManagerV2 } from './gen/manager-v2.ts'
import type { ProtoGrpcType as RaftV1 } from './gen/raft.ts'
import type { ProtoGrpcType as SchedulerV1 } from './gen/scheduler-v1.ts'
import type { ProtoGrpcType as SchedulerV2 } from './gen/scheduler-v2.ts'
import type { ProtoGrpcType as StoreV1 } from './gen/store.ts'
import type { ProtoGrpcType as GoogleStatus } from './gen/status.ts'

/**
 * Every service: `new services.x(address, credentials)` is a client, `services.x.service` serves.
 */
export interface Services {
  readonly schedulerV1: SchedulerV1['scheduler']['Scheduler']
  readonly schedulerV2: SchedulerV2['scheduler']['v2']['Scheduler']
  readonly daemonV1: DfdaemonV1['dfdaemon']['Daemon']
  readonly dfdaemonUploadV2: DfdaemonV2['dfdaemon']['v2']['DfdaemonUpload']
  readonly seederV1: CdnSystemV1['cdnsystem']['Seeder']
  readonly managerV1: ManagerV1['manager']['Manager']
  readonly managerV2: ManagerV2['manager']['v2']['Manager']
  readonly raft: RaftV1['damselfly']['raft']['v1']['Raft']
  readonly cluster: ClusterV1['damselfly']['cluster']['v1']['Cluster']
  readonly store: StoreV1['damselfly']['store']['v1']['Store']
}

/** Codecs of the messages that travel inside other messages' bytes or in trailers. */
export interface Messages {
  readonly grpcDfError: CommonV1['common']['GrpcDfError']
  readonly sourceError: ErrorDetailsV1['errordetails']['SourceError']
  readonly status: GoogleStatus['google']['rpc']['Status']
  readonly hostV2: CommonV2['common']['v2']['Host']
  readonly downloadV2: CommonV2['common']['v2']['Download']
}

/** All .proto files, relative to the folder of this file; build copies them beside its output. */
export const protoFiles = [
  'damselfly/cluster.proto',
  'damselfly/raft.proto',
  'damselfly/store.proto',
  'dragonfly/cdnsystem-v1.proto',
  'dragonfly/common-v1.proto',
  'dragonfly/common-v2.proto',
  'dragonfly/dfdaemon-v1.proto',
  'dragonfly/dfdaemon-v2.proto',
  'dragonfly/errordetails-v1.proto',
  'dragonfly/errordetails-v2.proto',
  'dragonfly/manager-v1.proto',
  'dragonfly/manager-v2.proto',
  'dragonfly/scheduler-v1.proto',
  'dragonfly/scheduler-v2.proto',
  'google/rpc/status.proto',
] as const

// The generated types hold only for exactly these (scripts/gen-proto.js passes the same).
const options: Options = {
  keepCase: false,
  longs: Number,
  enums: String,
  defaults: true,
  arrays: true,
  objects: true,
  oneofs: true,
}

const directory = fileURLToPath(new URL('.', import.meta.url))

type Loaded = CdnSystemV1 &
  ClusterV1 &
  CommonV1 &
  CommonV2 &
  DfdaemonV1 &
  DfdaemonV2 &
  ErrorDetailsV1 &
  ManagerV1 &
  ManagerV2 &
  RaftV1 &
  SchedulerV1 &
  SchedulerV2 &
  StoreV1 &
  GoogleStatus

let loaded: Loaded | undefined

function load(): Loaded {
  // The loader knows nothing of the generated types; a test checks that they describe its result.
  loaded ??= loadPackageDefinition(
    loadSync([...protoFiles], { ...options, includeDirs: [directory] }),
  ) as unknown as Loaded
  return loaded
}

/** The typed services; loads the .proto files at the first call (some 100 ms). */
export function loadServices(): Services {
  const root = load()
  return {
    schedulerV1: root.scheduler.Scheduler,
    schedulerV2: root.scheduler.v2.Scheduler,
    daemonV1: root.dfdaemon.Daemon,
    dfdaemonUploadV2: root.dfdaemon.v2.DfdaemonUpload,
    seederV1: root.cdnsystem.Seeder,
    managerV1: root.manager.Manager,
    managerV2: root.manager.v2.Manager,
    raft: root.damselfly.raft.v1.Raft,
    cluster: root.damselfly.cluster.v1.Cluster,
    store: root.damselfly.store.v1.Store,
  }
}

/** Encoders and decoders of single messages. */
export function loadMessages(): Messages {
  const root = load()
  return {
    grpcDfError: root.common.GrpcDfError,
    sourceError: root.errordetails.SourceError,
    status: root.google.rpc.Status,
    hostV2: root.common.v2.Host,
    downloadV2: root.common.v2.Download,
  }
}

/**
 * The descriptors of the named .proto files for the reflection service. They keep the field names
 * of the wire contract, which the other loader turns into our own spelling.
 */
export function loadDescriptors(files: readonly (typeof protoFiles)[number][]): PackageDefinition {
  const key = files.join('\n')
  const known = descriptors.get(key)
  if (known !== undefined) return known
  const definition = loadSync([...files], { ...options, keepCase: true, includeDirs: [directory] })
  descriptors.set(key, definition)
  return definition
}

const descriptors = new Map<string, PackageDefinition>()
