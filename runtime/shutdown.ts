import type { Logger } from '../base/index.ts'
import { messageOf } from '../base/index.ts'

/**
 * Runs `stop` on the first SIGTERM or SIGINT and then ends the process: 0 when it stopped in time,
 * 1 when it failed or took longer than `deadlineMs`. A second signal ends it at once.
 */
export function stopOnSignals(options: {
  readonly stop: () => Promise<void>
  readonly deadlineMs: number
  readonly logger: Logger
}): void {
  let isStopping = false
  const onSignal = (signal: string): void => {
    if (isStopping) process.exit(1)
    isStopping = true
    options.logger.info({ signal }, 'stopping')
    setTimeout(() => {
      options.logger.error({ deadlineMs: options.deadlineMs }, 'stop took too long')
      process.exit(1)
    }, options.deadlineMs).unref()
    options.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        options.logger.error({ err: messageOf(error) }, 'stop failed')
        process.exit(1)
      },
    )
  }
  process.on('SIGTERM', onSignal)
  process.on('SIGINT', onSignal)
}
