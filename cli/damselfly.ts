#!/usr/bin/env node
// The damselfly command: finds the part that is meant and loads only that.
import { nearest } from '../base/index.ts'
import { packageVersion } from '../runtime/index.ts'

interface Part {
  readonly help: string
  readonly load: () => Promise<{ main(argv: readonly string[]): Promise<void> }>
}

const parts: Readonly<Record<string, Part>> = {
  up: { help: 'run a whole cluster on this machine', load: () => import('./up/up.ts') },
  status: {
    help: 'say how a cluster is, and show its members',
    load: () => import('./status.ts'),
  },
  member: { help: 'list and change the members', load: () => import('./member.ts') },
  cluster: { help: 'show who can serve what', load: () => import('./cluster.ts') },
  config: { help: 'show and change the settings of a cluster', load: () => import('./config.ts') },
  scheduler: { help: 'run a scheduler', load: () => import('../scheduler/cli.ts') },
  snapshot: {
    help: 'save, inspect and restore the state of a cluster',
    load: () => import('./snapshot.ts'),
  },
  recover: {
    help: 'begin anew with the survivor of a cluster that lost its majority',
    load: () => import('./recover.ts'),
  },
  manager: { help: 'run a manager', load: () => import('../manager/cli.ts') },
}

function help(): string {
  const rows = Object.entries(parts).map(([name, part]) => `  ${name.padEnd(11)}${part.help}`)
  const more = 'Each takes --help. See also dfdaemon, dfget and dfcache.'
  return ['usage: damselfly <command> [options]', '', ...rows, '', more, ''].join('\n')
}

const [name, ...argv] = process.argv.slice(2)
const part = name === undefined ? undefined : parts[name]
if (part !== undefined) {
  await (await part.load()).main(argv)
} else if (name === '--version') {
  process.stdout.write(`damselfly ${packageVersion()}\n`)
} else if (name === undefined || name === '--help' || name === '-h') {
  const isAsked = name !== undefined
  const out = isAsked ? process.stdout : process.stderr
  out.write(help())
  process.exitCode = isAsked ? 0 : 2
} else {
  const near = nearest(name, Object.keys(parts))
  const hint = near === undefined ? 'see damselfly --help' : `did you mean ${near}?`
  process.stderr.write(`damselfly: unknown command ${name}; ${hint} [CONF_UNKNOWN_COMMAND]\n`)
  process.exitCode = 2
}
