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

/** How many ports each process needs, in process order: schedulers, manager, seed peers, peers. */
export function portCounts(shape: ClusterShape): readonly number[] {
  return [
    ...Array.from({ length: shape.schedulers }, () => schedulerPortNames.length),
    managerPortNames.length,
    ...Array.from({ length: shape.seedPeers + shape.peers }, () => peerPortNames.length),
  ]
}

/** The ports of every process when process k owns base + 10k … base + 10k + 9. */
export function portsFromBase(shape: ClusterShape, base: number): readonly Ports[] {
  return portCounts(shape).map((count, k) =>
    Array.from({ length: count }, (_, i) => base + k * portsEach + i),
  )
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
  readonly schedulers: readonly SchedulerPlan[]
  readonly manager: ManagerPlan
  readonly peers: readonly PeerPlan[]
}

export interface LayoutOptions {
  readonly shape: ClusterShape
  readonly ports: readonly Ports[]
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
  const schedulerPorts = ports.slice(0, shape.schedulers)
  const managerPorts = ports[shape.schedulers]!
  const peerPorts = ports.slice(shape.schedulers + 1)
  const members = schedulerPorts.map((own, i) => `s${i + 1}=${ip}:${own[1]!}`).join(',')
  const addresses = schedulerPorts.map((own) => `${ip}:${own[0]!}`).join(',')
  return {
    schedulers: schedulerPorts.map((own, i) => schedulerPlan(options, `s${i + 1}`, own, members)),
    manager: managerPlan(options, managerPorts, addresses),
    peers: peerPorts.map((own, i) => {
      const isSeed = i < shape.seedPeers
      const name = isSeed ? `seed-${i + 1}` : `peer-${i - shape.seedPeers + 1}`
      return peerPlan(options, { name, isSeed, ports: own, addresses })
    }),
  }
}

function schedulerPlan(
  options: LayoutOptions,
  id: string,
  ports: Ports,
  members: string,
): SchedulerPlan {
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
