// How every command line of ours ends: 0 done, 1 failed, 2 wrong usage; errors are one line on
// stderr with a stable code in brackets.
import { readFileSync } from 'node:fs'
import { isCoded, messageOf } from '../base/index.ts'
import { helpText, loadConfig, UsageError } from './config.ts'
import type { ConfigSchema, LoadedConfig } from './config.ts'

export interface Command<Schema extends ConfigSchema> {
  /** As people type it, such as `damselfly up`. */
  readonly name: string
  /** The first lines of `--help`. */
  readonly usage: string
  readonly schema: Schema
  readonly envPrefix: string
  readonly defaultFile?: string
  readonly positionalsMax?: number
  /** Does the work; the exit code it returns ends the process, `undefined` lets it run on. */
  readonly run: (loaded: LoadedConfig<Schema>) => Promise<number | undefined>
}

/** Parses, runs and reports; never throws. */
export async function runCommand<Schema extends ConfigSchema>(
  command: Command<Schema>,
  argv: readonly string[],
): Promise<void> {
  try {
    const loaded = loadConfig(command.schema, {
      argv,
      env: process.env,
      readFile: (path) => readFileSync(path, 'utf8'),
      envPrefix: command.envPrefix,
      ...(command.defaultFile === undefined ? {} : { defaultFile: command.defaultFile }),
      positionalsMax: command.positionalsMax ?? 0,
    })
    if (loaded.isHelpAsked) {
      process.stdout.write(helpText(command.usage, command.schema))
      return
    }
    const exitCode = await command.run(loaded)
    if (exitCode !== undefined) process.exit(exitCode)
  } catch (error) {
    process.stderr.write(errorLine(command.name, error))
    process.exit(error instanceof UsageError ? 2 : 1)
  }
}

/** `name: message [CODE]`, one line whatever was thrown. */
export function errorLine(name: string, error: unknown): string {
  const code = isCoded(error) ? ` [${error.code}]` : ''
  return `${name}: ${messageOf(error).replaceAll('\n', ' ')}${code}\n`
}
