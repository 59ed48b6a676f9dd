import { pino } from 'pino'
import type { Logger } from '../base/index.ts'

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const

export type LogLevel = (typeof logLevels)[number]

/** Never written out, wherever they stand in a line's fields. */
const secretNames = ['authorization', 'password', 'token', 'secret', 'cookie']

/** JSON lines on stderr: stdout belongs to what a command answers. */
export function createPinoLogger(options: {
  readonly level: LogLevel
  readonly component: string
}): Logger {
  return pino(
    {
      level: options.level,
      base: { pid: process.pid, component: options.component },
      redact: { paths: secretNames.flatMap((name) => [name, `*.${name}`]), censor: '[redacted]' },
    },
    pino.destination({ dest: 2, sync: true }),
  )
}
