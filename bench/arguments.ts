// The command line of the benchmarks.
import { tmpdir } from 'node:os'
import { parseArgs } from 'node:util'
import { messageOf } from '../base/index.ts'

/** What `--help` prints; the first line tells a mistaken caller how. */
export const usage = `usage: npm run bench -- GROUP [--seconds N] [--rounds N] [--kills N] [--profile] [--json] [--dir PATH]

groups:
  raft       commits per second of the Raft library in three processes, beside bare replication,
             the disk alone and etcd (left out when it is not installed); then kill -9 of the
             leader to the next commit

  --seconds  length of one measurement (5)
  --rounds   measurements of everything, in turns; 0 leaves them out (5)
  --kills    leaders killed; 0 leaves that out (20)
  --profile  where the CPU time of leader and follower goes, from one more run each
  --json     one line of JSON on stdout instead of the tables
  --dir      where the data goes, in a folder that is removed (the system's folder for such)
`

/** A command line that cannot be understood; its message is one line. */
export class UsageError extends Error {}

/** What to measure, and how long. */
export interface Arguments {
  /** Length of one measurement. */
  readonly seconds: number
  readonly rounds: number
  readonly kills: number
  readonly profile: boolean
  readonly json: boolean
  readonly dir: string
}

/** Undefined: the usage was asked for. */
export function readArguments(argv: readonly string[]): Arguments | undefined {
  const { values, positionals } = parseWords(argv)
  if (values.help) return undefined
  const [group, extra] = positionals
  if (group === undefined) throw new UsageError('a group is missing')
  if (group !== 'raft') throw new UsageError(`unknown group ${group}`)
  if (extra !== undefined) throw new UsageError(`unexpected argument ${extra}`)
  return {
    seconds: numberOf('seconds', values.seconds, { min: 0.1, isWhole: false }),
    rounds: numberOf('rounds', values.rounds, { min: 0, isWhole: true }),
    kills: numberOf('kills', values.kills, { min: 0, isWhole: true }),
    profile: values.profile,
    json: values.json,
    dir: values.dir,
  }
}

function parseWords(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        seconds: { type: 'string', default: '5' },
        rounds: { type: 'string', default: '5' },
        kills: { type: 'string', default: '20' },
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

/** Largest number any flag takes: a day of seconds. */
const numberMax = 86_400

function numberOf(
  name: string,
  text: string,
  { min, isWhole }: { readonly min: number; readonly isWhole: boolean },
): number {
  const value = Number(text)
  const isFit = text.trim() !== '' && value >= min && value <= numberMax
  if (!isFit || (isWhole && !Number.isInteger(value))) {
    const kind = isWhole ? 'a whole number' : 'a number'
    throw new UsageError(`--${name} takes ${kind} from ${min} to ${numberMax}, not '${text}'`)
  }
  return value
}
