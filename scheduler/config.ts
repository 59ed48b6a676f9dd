import { GiB, MiB } from '../base/index.ts'
import type { CodedError } from '../base/index.ts'
import { imageBytesPerSecondMin } from '../raft/index.ts'
import { logLevels, UsageError } from '../runtime/index.ts'
import type { Config, ConfigSchema } from '../runtime/index.ts'
import { requestRateLimit } from './rpc/limits.ts'
import { settingsSchema } from './settings-options.ts'

/** Options of `damselfly scheduler`. */
export const schedulerSchema = {
  dataDir: {
    type: 'string',
    default: '/var/lib/damselfly/scheduler',
    help: 'where identity, log and state are kept; one process each',
  },
  hostId: {
    type: 'string',
    default: '',
    help: "this host's name in the cluster; empty: its advertised host:raftPort",
  },
  initialMembers: {
    type: 'list',
    default: [],
    help: 'hostId=host:raftPort of every first member, this one included; seeds ever after',
  },
  join: {
    type: 'list',
    default: [],
    help: 'host:raftPort of members to ask for admission when the data directory is empty',
  },
  joinToken: {
    type: 'string',
    default: '',
    help: 'admits a host the cluster does not know; @FILE reads it from a file',
  },
  clusterKeyFile: {
    type: 'string',
    default: '',
    help: 'secret of all members, outside the data directory, 0600: a known host rejoins with it',
  },
  operatorTokenFile: {
    type: 'string',
    default: '',
    help: "where a new cluster leaves the operator's token; empty: operator.token in --data-dir",
  },
  learner: { type: 'boolean', default: false, help: 'join without ever being promoted by itself' },
  replaces: {
    type: 'string',
    default: '',
    help: 'host id of the member this one takes the place of; empty: its own',
  },
  listenIp: {
    type: 'string',
    default: '0.0.0.0',
    path: 'server.listenIP',
    help: 'address to listen on',
  },
  advertiseIp: {
    type: 'string',
    default: '127.0.0.1',
    path: 'server.advertiseIP',
    help: 'address others reach this host at',
  },
  port: {
    type: 'integer',
    default: 8002,
    max: 65_535,
    path: 'server.port',
    help: 'client port; 0 = any',
  },
  raftPort: { type: 'integer', default: 8003, min: 1, max: 65_535, help: 'port for members' },
  metricsPort: { type: 'integer', default: 8000, max: 65_535, help: 'metrics; 0 = any' },
  metricsEnableHost: {
    type: 'boolean',
    default: false,
    help: 'count bytes by host as well: many series in a large cluster',
  },
  allowDial: {
    type: 'list',
    default: [],
    help: 'IP addresses a seed peer may name although it announces itself from another one',
  },
  requestRateLimit: {
    type: 'integer',
    default: requestRateLimit,
    min: 1,
    path: 'server.requestRateLimit',
    help: 'calls and new streams a second that this member takes',
  },
  electionTimeout: {
    type: 'duration',
    default: 1000,
    min: 200,
    max: 60_000,
    help: 'shortest silence of a leader before an election; heartbeats are a tenth of it',
  },
  tlsCertFile: { type: 'string', default: '', help: 'certificate of this host, PEM' },
  tlsKeyFile: { type: 'string', default: '', help: 'key of that certificate, PEM' },
  tlsCaFile: { type: 'string', default: '', help: 'authority that signs members and clients, PEM' },
  tlsRequireClientCert: {
    type: 'boolean',
    default: false,
    help: 'refuse clients without a certificate, not only members',
  },
  imageRate: {
    type: 'bytes',
    default: 100 * MiB,
    min: imageBytesPerSecondMin,
    max: 100 * GiB,
    help: 'bytes a second that images for other members may take',
  },
  quarantineRetention: {
    type: 'duration',
    default: 86_400_000,
    max: 31_536_000_000,
    help: 'how long a directory in quarantine is kept after this host is a voter again',
  },
  holdFeatures: {
    type: 'list',
    default: [],
    help: 'features this member says it does not know, for an upgrade that waits',
  },
  ...settingsSchema,
  logLevel: {
    type: 'string',
    default: 'info',
    choices: logLevels,
    path: 'server.logLevel',
    help: 'least severe line shown',
  },
} as const satisfies ConfigSchema

export type SchedulerConfig = Config<typeof schedulerSchema>

/** One of the first members of a cluster. */
export interface InitialMember {
  readonly hostId: string
  /** host:port of its replication service. */
  readonly address: string
}

/** Most members a cluster begins with. */
const initialMembersMax = 9

/** Reads `--initial-members`. @throws UsageError CONF_INVALID_VALUE */
export function parseInitialMembers(texts: readonly string[]): readonly InitialMember[] {
  const members = texts.map((text): InitialMember => {
    const match = /^([A-Za-z0-9._-]{1,128})=(\S+:\d{1,5})$/.exec(text)
    if (match === null) throw invalid(`"${text}" is not hostId=host:raftPort`)
    return { hostId: match[1]!, address: match[2]! }
  })
  if (members.length > initialMembersMax) throw invalid(`more than ${initialMembersMax}`)
  const isUnique = (key: keyof InitialMember): boolean =>
    new Set(members.map((member) => member[key])).size === members.length
  if (!isUnique('hostId') || !isUnique('address')) throw invalid('a host or address stands twice')
  return members
}

/** Most members one is told to ask for admission. */
const joinSeedsMax = 64

/** Reads `--join`. @throws UsageError CONF_INVALID_VALUE */
export function parseJoinSeeds(texts: readonly string[]): readonly string[] {
  for (const text of texts) {
    if (text.length <= 255 && /^\S+:\d{1,5}$/.test(text)) continue
    throw invalid(`"${text}" is not host:raftPort`, '--join')
  }
  if (texts.length > joinSeedsMax) throw invalid(`more than ${joinSeedsMax}`, '--join')
  return [...new Set(texts)]
}

function invalid(what: string, flag = '--initial-members'): CodedError {
  return new UsageError('CONF_INVALID_VALUE', `${flag}: ${what}`)
}
