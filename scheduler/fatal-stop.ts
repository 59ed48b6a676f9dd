// The end of a replica that failed for good: the reason on disk and in the log, then the process
// ends, because nothing it says could be trusted.
import { isCoded, messageOf } from '../base/index.ts'
import type { Clock, Disk, Logger } from '../base/index.ts'
import { writeFatal } from '../storage/index.ts'
import type { Instance } from '../storage/index.ts'

/** Exit code of a replica that stopped for good; the reason is in FATAL.json. */
export const fatalExitCode = 74

export interface FatalStopDeps {
  readonly clock: Clock
  readonly disk: Disk
  readonly logger: Logger
  /** Ends the process. */
  readonly exit: (code: number) => void
}

/** Ends the process once, with the first reason: what fails after it is a consequence. */
export class FatalStop {
  readonly #deps: FatalStopDeps
  #isEnding = false

  constructor(deps: FatalStopDeps) {
    this.#deps = deps
  }

  /** `instance` is where the reason is left; undefined while there is none. */
  async end(error: Error, instance: Instance | undefined): Promise<void> {
    if (this.#isEnding) return
    this.#isEnding = true
    const { clock, disk, logger, exit } = this.#deps
    const code = isCoded(error) ? error.code : 'SCHED_INTERNAL'
    const message = withCauses(error)
    try {
      if (instance !== undefined) {
        await writeFatal(disk, instance, { code, message, atWallMs: clock.wallMs() })
      }
    } catch (failure) {
      logger.error({ err: messageOf(failure) }, 'the reason could not be written')
    }
    logger.fatal({ code, reason: message }, 'stopped for good')
    exit(fatalExitCode)
  }
}

/** Causes looked at; deeper ones say nothing new. */
const causesMax = 8

/** The messages of an error and its causes; those that repeat what was said are left out. */
function withCauses(error: Error): string {
  let text = error.message
  let cause = error.cause
  for (let i = 0; i < causesMax && cause !== undefined; i += 1) {
    const message = messageOf(cause)
    if (!text.includes(message)) text += `: ${message}`
    cause = cause instanceof Error ? cause.cause : undefined
  }
  return text
}
