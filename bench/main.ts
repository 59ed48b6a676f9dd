// `npm run bench -- GROUP`: real processes, real disk, ratios to yardsticks of the same run.
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { messageOf } from '../base/index.ts'
import { readArguments, usage, UsageError } from './arguments.ts'
import type { Arguments, RaftArguments } from './arguments.ts'
import { describeMachine } from './machine.ts'
import { measureCommits } from './raft/commits.ts'
import type { CommitsResult } from './raft/commits.ts'
import { measureFailover } from './raft/failover.ts'
import type { FailoverResult } from './raft/failover.ts'
import { commitsLines, failoverLines, machineLines } from './report.ts'
import { measureScheduler } from './scheduler/measure.ts'

/** Where a group works and whom it tells. */
interface Place {
  readonly directory: string
  /** For people; silent when the result is JSON. */
  readonly say: (lines: readonly string[]) => void
  readonly onProgress: (line: string) => void
}

async function run(read: Arguments): Promise<void> {
  const directory = mkdtempSync(join(read.dir, 'damselfly-bench-'))
  const say = (lines: readonly string[]): void => {
    if (!read.json) console.log(lines.join('\n'))
  }
  // People see that something happens; what counts comes at the end.
  const onProgress = (line: string): void => console.error(line)
  try {
    const machine = describeMachine(directory)
    say([...machineLines(machine), ''])
    const place = { directory, say, onProgress }
    const result =
      read.group === 'raft'
        ? await measureRaft(read, place)
        : await measureScheduler({ ...place, ...read })
    if (read.json) console.log(JSON.stringify({ machine, ...result }))
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

async function measureRaft(
  { rounds, seconds, kills, profile }: RaftArguments,
  { directory, say, onProgress }: Place,
): Promise<object> {
  let commits: CommitsResult | undefined
  if (rounds > 0) {
    commits = await measureCommits({ directory, rounds, seconds, isProfiled: profile, onProgress })
    say([...commitsLines(commits), ''])
  }
  let failover: FailoverResult | undefined
  if (kills > 0) {
    failover = await measureFailover({ directory, kills, onProgress })
    say(failoverLines(failover))
  }
  return { commits, failover }
}

async function main(): Promise<number> {
  try {
    const read = readArguments(process.argv.slice(2))
    if (read === undefined) console.log(usage.trimEnd())
    else await run(read)
    return 0
  } catch (error) {
    if (error instanceof UsageError) {
      console.error(`${error.message}; ${usage.split('\n')[0]}`)
      return 2
    }
    console.error(`bench: ${messageOf(error)}`)
    return 1
  }
}

process.exitCode = await main()
