// The command line of the benchmarks.
import { tmpdir } from 'node:os'
import { parseArgs } from 'node:util'
import { messageOf } from '../base/index.ts'

/** What `--help` prints; the first line tells a mistaken caller how. */
export const usage = `usage: npm run bench -- GROUP [--seconds N] [--rounds N] [--profile] [--json] [--dir PATH] [...]

groups:
  raft       commits per second of the Raft library in three processes, beside bare replication,
             the disk alone and etcd (left out when it is not installed); then kill -9 of the
             leader to the next commit
  scheduler  three scheduler processes: announcements of tasks per second beside etcd's puts, piece
             reports applied per second, time to parents in a task of 1,000 peers, and the memory
             that a peer takes

  --seconds  length of one measurement (5)
  --rounds   measurements of everything, in turns; 0 leaves them out (5)
  --profile  where the CPU time of leader and follower goes, from one more run each
  --json     one line of JSON on stdout instead of the tables
  --dir      where the data goes, in a folder that is removed (the system's folder for such)

raft:
  --kills    leaders killed; 0 leaves that out (20)

scheduler:
  --only     some of announce, reports, latency, memory, with commas between (all of them)
  --clients  calls under way at a time, with commas between (1,64,256)
  --peers    peers whose memory is measured (100000)
  --quick    few peers and no warm-up: shows that everything works, the figures say nothing
`

/** A command line that cannot be understood; its message is one line. */
export class UsageError extends Error {}

/** What the group `scheduler` can measure. */
const schedulerParts = ['announce', 'reports', 'latency', 'memory'] as const

/** One of them. */
export type SchedulerPart = (typeof schedulerParts)[number]

/** What every group takes. */
interface CommonArguments {
  /** Length of one measurement. */
  readonly seconds: number
  readonly rounds: number
  readonly profile: boolean
  readonly json: boolean
  readonly dir: string
}

export interface RaftArguments extends CommonArguments {
  readonly group: 'raft'
  readonly kills: number
}

export interface SchedulerArguments extends CommonArguments {
  readonly group: 'scheduler'
  readonly only: readonly SchedulerPart[]
  readonly clients: readonly number[]
  readonly peers: number
  readonly quick: boolean
}

/** What to measure, and how long. */
export type Arguments = RaftArguments | SchedulerArguments

/** Undefined: the usage was asked for. */
export function readArguments(argv: readonly string[]): Arguments | undefined {
  const { values, positionals } = parseWords(argv)
  if (values.help) return undefined
  const [group, extra] = positionals
  if (group === undefined) throw new UsageError('a group is missing')
  if (group !== 'raft' && group !== 'scheduler') throw new UsageError(`unknown group ${group}`)
  if (extra !== undefined) throw new UsageError(`unexpected argument ${extra}`)
  refuseForeign(group, values)
  const common = {
    seconds: numberOf('seconds', values.seconds, { min: 0.1, isWhole: false }),
    rounds: numberOf('rounds', values.rounds, { min: 0, isWhole: true }),
    profile: values.profile,
    json: values.json,
    dir: values.dir,
  }
  if (group === 'raft') {
    const kills = numberOf('kills', values.kills ?? '20', { min: 0, isWhole: true })
    return { group, ...common, kills }
  }
  return {
    group,
    ...common,
    only: partsOf(values.only),
    clients: (values.clients ?? '1,64,256')
      .split(',')
      .map((text) => numberOf('clients', text, { min: 1, max: clientsMax, isWhole: true })),
    peers: numberOf('peers', values.peers ?? '100000', { min: 1, max: peersMax, isWhole: true }),
    quick: values.quick ?? false,
  }
}

type Values = ReturnType<typeof parseWords>['values']

function parseWords(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        seconds: { type: 'string', default: '5' },
        rounds: { type: 'string', default: '5' },
        kills: { type: 'string' },
        only: { type: 'string' },
        clients: { type: 'string' },
        peers: { type: 'string' },
        quick: { type: 'boolean' },
        profile: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        dir: { type: 'string', default: tmpdir() },
        help: { type: 'boolean', default: false },
      },
    })
  } catch (error) {
    throw new UsageError(messageOf(error).split('\n')[0])
  }
}

/** Flags that only one group takes. */
const groupOfFlag = {
  kills: 'raft',
  only: 'scheduler',
  clients: 'scheduler',
  peers: 'scheduler',
  quick: 'scheduler',
} as const

function refuseForeign(group: Arguments['group'], values: Values): void {
  for (const [flag, owner] of Object.entries(groupOfFlag)) {
    const isGiven = values[flag as keyof typeof groupOfFlag] !== undefined
    if (isGiven && owner !== group) throw new UsageError(`--${flag} is for ${owner}, not ${group}`)
  }
}

function partsOf(text: string | undefined): readonly SchedulerPart[] {
  if (text === undefined) return schedulerParts
  const words = text.split(',')
  for (const word of words) {
    if (!schedulerParts.some((part) => part === word)) {
      throw new UsageError(`--only takes some of ${schedulerParts.join(', ')}, not '${word}'`)
    }
  }
  return schedulerParts.filter((part) => words.includes(part))
}

/** Largest number most flags take: a day of seconds. */
const numberMax = 86_400

/** Most calls under way at a time, and most peers whose memory is measured. */
const clientsMax = 4_096
const peersMax = 10_000_000

function numberOf(
  name: string,
  text: string,
  limits: { readonly min: number; readonly max?: number; readonly isWhole: boolean },
): number {
  const { min, max = numberMax, isWhole } = limits
  const value = Number(text)
  const isFit = text.trim() !== '' && value >= min && value <= max
  if (!isFit || (isWhole && !Number.isInteger(value))) {
    const kind = isWhole ? 'a whole number' : 'a number'
    throw new UsageError(`--${name} takes ${kind} from ${min} to ${max}, not '${text}'`)
  }
  return value
}
