// What a command needs from its process. Tests hand in their own.
import type { Clock, Disk, Http, Random } from '../../base/index.ts'
import { errorLine, UsageError } from '../../runtime/index.ts'

/** A command's doors to the outside. */
export interface CommandIo {
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  /** Numeric ids the written file shall belong to; -1 where the system has none. */
  readonly uid: number
  readonly gid: number
  /** Text of a configuration file; throws when it cannot be read. */
  readonly readFile: (path: string) => string
  readonly stdout: (text: string) => void
  readonly stderr: (text: string) => void
  /** Whether stderr is a terminal: progress is drawn there. */
  readonly isTerminal: boolean
  /** Calls `listener` instead of dying when the user interrupts; returns how to stop that. */
  readonly onInterrupt: (listener: () => void) => () => void
  readonly version: string
  readonly disk: Disk
  readonly clock: Clock
  readonly random: Random
  readonly http: Http
}

/** Done, failed, wrong usage. */
export type ExitCode = 0 | 1 | 2

/** Runs a command's body and turns what it throws into one line on stderr and an exit code. */
export async function reportFailures(
  name: string,
  io: Pick<CommandIo, 'stderr'>,
  body: () => Promise<ExitCode>,
): Promise<ExitCode> {
  try {
    return await body()
  } catch (error) {
    io.stderr(errorLine(name, error))
    return error instanceof UsageError ? 2 : 1
  }
}
