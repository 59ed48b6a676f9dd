// Commands with verbs: `damselfly member remove …`. Each verb parses its own options.
import { nearest } from '../base/index.ts'

/** One verb of a command. */
export interface Verb {
  readonly help: string
  readonly main: (argv: readonly string[]) => Promise<void>
}

/** Runs the verb that is meant; without one says which there are. */
export async function runVerb(
  command: string,
  verbs: Readonly<Record<string, Verb>>,
  argv: readonly string[],
): Promise<void> {
  const [name, ...rest] = argv
  const verb = name !== undefined && Object.hasOwn(verbs, name) ? verbs[name] : undefined
  if (verb !== undefined) return verb.main(rest)
  if (name === undefined || name === '--help' || name === '-h') {
    const isAsked = name !== undefined
    const out = isAsked ? process.stdout : process.stderr
    out.write(verbsHelp(command, verbs))
    process.exitCode = isAsked ? 0 : 2
    return
  }
  const near = nearest(name, Object.keys(verbs))
  const hint = near === undefined ? `see ${command} --help` : `did you mean ${near}?`
  process.stderr.write(`${command}: unknown command ${name}; ${hint} [CONF_UNKNOWN_COMMAND]\n`)
  process.exitCode = 2
}

function verbsHelp(command: string, verbs: Readonly<Record<string, Verb>>): string {
  const width = Math.max(...Object.keys(verbs).map((name) => name.length)) + 2
  const rows = Object.entries(verbs).map(([name, { help }]) => `  ${name.padEnd(width)}${help}`)
  return [`usage: ${command} <command> [options]`, '', ...rows, '', 'Each takes --help.', ''].join(
    '\n',
  )
}
