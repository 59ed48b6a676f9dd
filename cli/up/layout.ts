// Who runs in a local cluster and where: names, ports, folders and the argument lists that alone
// restart each process.
import { createHash } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface ClusterShape {
  readonly schedulers: number
  readonly peers: number
  readonly seedPeers: number
}

/** Ports of one process; which service uses which is fixed by its position. */
export type Ports = readonly number[]

/** Ports a process owns when the cluster has a base port. */
const portsEach = 10

/** Ports of each kind of process, in the order `Ports` holds them. */
const schedulerPortNames = ['client', 'raft', 'metrics'] as const
const managerPortNames = ['rest', 'grpc'] as const
const peerPortNames = ['grpc', 'proxy', 'upload'] as const

/** A process of a cluster and how many ports it needs. */
interface ProcessNeed {
  readonly name: string
  readonly ports: number
}

const names = (prefix: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, i) => `${prefix}${i + 1}`)

/** Everybody, in process order: schedulers, manager, seed peers, peers. */
export function processNeeds(shape: ClusterShape): readonly ProcessNeed[] {
  const peers = [...names('seed-', shape.seedPeers), ...names('peer-', shape.peers)]
  return [
    ...names('s', shape.schedulers).map((name) => ({ name, ports: schedulerPortNames.length })),
    { name: 'manager', ports: managerPortNames.length },
    ...peers.map((name) => ({ name, ports: peerPortNames.length })),
  ]
}

/** Ports by process name. */
export type PortPlan = Readonly<Record<string, Ports>>

/** The ports of every process when process k owns base + 10k … base + 10k + 9. */
export function portsFromBase(shape: ClusterShape, base: number): PortPlan {
  const plan = processNeeds(shape).map(({ name, ports }, k) => {
    return [name, Array.from({ length: ports }, (_, i) => base + k * portsEach + i)] as const
  })
  return Object.fromEntries(plan)
}

interface ProcessPlan {
  readonly name: string
  /** The whole command: absolute paths and fixed ports, nothing from environment or folder. */
  readonly argv: readonly string[]
}

export interface SchedulerPlan extends ProcessPlan {
  readonly id: string
  readonly addr: string
  readonly raftAddr: string
  readonly metricsUrl: string
  readonly dataDir: string
}

export interface ManagerPlan extends ProcessPlan {
  readonly restUrl: string
  readonly grpcAddr: string
}

export interface PeerPlan extends ProcessPlan {
  readonly isSeed: boolean
  readonly socket: string
  readonly addr: string
  readonly uploadAddr: string
  readonly dataDir: string
}

export interface ClusterPlan {
  readonly secrets: SecretPaths
  readonly schedulers: readonly SchedulerPlan[]
  readonly manager: ManagerPlan
  readonly peers: readonly PeerPlan[]
}

/** Files that all schedulers are told of, outside their data directories. */
export interface SecretPaths {
  /** Lets a scheduler whose data are lost come back by itself. */
  readonly clusterKey: string
  /** For commands that change something. */
  readonly operatorToken: string
}

export interface LayoutOptions {
  readonly shape: ClusterShape
  readonly ports: PortPlan
  /** Absolute. */
  readonly dataDir: string
  /** As given on the command line, such as `30s`. */
  readonly announceInterval: string
  /** Absolute paths of node and the installed scripts. */
  readonly node: string
  readonly damselflyScript: string
  readonly dfdaemonScript: string
}

const ip = '127.0.0.1'

/** Longest path a unix socket can have; Node silently truncates longer ones. */
const socketPathBytesMax = 107

/** Everything `up` starts. */
export function planCluster(options: LayoutOptions): ClusterPlan {
  const { shape, ports } = options
  const own = (name: string): Ports => ports[name]!
  const schedulers = names('s', shape.schedulers)
  const members = schedulers.map((id) => `${id}=${ip}:${own(id)[1]!}`).join(',')
  const addresses = schedulers.map((id) => `${ip}:${own(id)[0]!}`).join(',')
  const peer = (isSeed: boolean) => (name: string) =>
    peerPlan(options, { name, isSeed, ports: own(name), addresses })
  const secrets = secretPaths(options.dataDir)
  return {
    secrets,
    schedulers: schedulers.map((id) =>
      schedulerPlan(options, { id, ports: own(id), members, secrets }),
    ),
    manager: managerPlan(options, own('manager'), addresses),
    peers: [
      ...names('seed-', shape.seedPeers).map(peer(true)),
      ...names('peer-', shape.peers).map(peer(false)),
    ],
  }
}

function secretPaths(dataDir: string): SecretPaths {
  const folder = join(dataDir, 'secrets')
  return {
    clusterKey: join(folder, 'cluster.key'),
    operatorToken: join(folder, 'operator.token'),
  }
}

function schedulerPlan(
  options: LayoutOptions,
  scheduler: {
    readonly id: string
    readonly ports: Ports
    /** As `--initial-members` takes them. */
    readonly members: string
    readonly secrets: SecretPaths
  },
): SchedulerPlan {
  const { id, ports, members, secrets } = scheduler
  const [client, raft, metrics] = ports as [number, number, number]
  const dataDir = join(options.dataDir, 'schedulers', id)
  const argv = [
    options.node,
    options.damselflyScript,
    'scheduler',
    ...flags({
      'host-id': id,
      'data-dir': dataDir,
      'initial-members': members,
      'listen-ip': ip,
      'advertise-ip': ip,
      port: client,
      'raft-port': raft,
      'metrics-port': metrics,
      'cluster-key-file': secrets.clusterKey,
      'operator-token-file': secrets.operatorToken,
    }),
  ]
  const metricsUrl = `http://${ip}:${metrics}/metrics`
  return {
    name: id,
    id,
    addr: `${ip}:${client}`,
    raftAddr: `${ip}:${raft}`,
    metricsUrl,
    dataDir,
    argv,
  }
}

function managerPlan(options: LayoutOptions, ports: Ports, addresses: string): ManagerPlan {
  const [rest, grpc] = ports as [number, number]
  const argv = [
    options.node,
    options.damselflyScript,
    'manager',
    ...flags({ scheduler: addresses, 'listen-ip': ip, 'rest-port': rest, 'grpc-port': grpc }),
  ]
  return { name: 'manager', restUrl: `http://${ip}:${rest}`, grpcAddr: `${ip}:${grpc}`, argv }
}

function peerPlan(
  options: LayoutOptions,
  peer: { name: string; isSeed: boolean; ports: Ports; addresses: string },
): PeerPlan {
  const [grpc, , upload] = peer.ports as [number, number, number]
  const dataDir = join(options.dataDir, 'peers', peer.name)
  const socket = socketPath(options.dataDir, peer.name)
  const argv = [
    options.node,
    options.dfdaemonScript,
    ...flags({
      hostname: peer.name,
      ip,
      'listen-ip': ip,
      port: grpc,
      'upload-port': upload,
      socket,
      'data-dir': dataDir,
      scheduler: peer.addresses,
      'announce-interval': options.announceInterval,
    }),
    ...(peer.isSeed ? ['--seed'] : []),
  ]
  const { name, isSeed } = peer
  return {
    name,
    isSeed,
    socket,
    addr: `${ip}:${grpc}`,
    uploadAddr: `${ip}:${upload}`,
    dataDir,
    argv,
  }
}

function flags(values: Readonly<Record<string, string | number>>): readonly string[] {
  return Object.entries(values).flatMap(([name, value]) => [`--${name}`, String(value)])
}

/** Below the data directory; in the system's temporary folder when that path would be too long. */
function socketPath(dataDir: string, name: string): string {
  const near = join(dataDir, 'run', `${name}.sock`)
  if (Buffer.byteLength(near) <= socketPathBytesMax) return near
  const short = createHash('sha256').update(dataDir).digest('hex').slice(0, 16)
  return join(tmpdir(), `damselfly-${short}`, `${name}.sock`)
}
