// Log lines are events: a stable lower-case message, data in fields (object first, message second).

/** What a log line is about, by name; values a JSON line can carry. */
export type LogFields = Readonly<Record<string, unknown>>

/** The pino-shaped logger every shell receives. Cores do not log: their effects are the log. */
export interface Logger {
  trace(fields: LogFields, message: string): void
  debug(fields: LogFields, message: string): void
  info(fields: LogFields, message: string): void
  warn(fields: LogFields, message: string): void
  error(fields: LogFields, message: string): void
  fatal(fields: LogFields, message: string): void
  /** A logger that adds `bindings` to each line; bindings are ours, never user input. */
  child(bindings: LogFields): Logger
  isLevelEnabled(level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal'): boolean
}

const silent = (): void => {}

/** Drops everything. */
export const nullLogger: Logger = {
  trace: silent,
  debug: silent,
  info: silent,
  warn: silent,
  error: silent,
  fatal: silent,
  child: () => nullLogger,
  isLevelEnabled: () => false,
}
