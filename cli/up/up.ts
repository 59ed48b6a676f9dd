// `damselfly up`: a real cluster of processes on loopback, for first steps, tests and benches.
import { existsSync, mkdirSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CodedError } from '../../base/index.ts'
import { runCommand } from '../../runtime/index.ts'
import type { Config, ConfigSchema } from '../../runtime/index.ts'
import { Children } from './children.ts'
import { planCluster } from './layout.ts'
import type { ClusterPlan } from './layout.ts'
import { lockDirectory } from './lock.ts'
import { waitUntilServing } from './ready.ts'
import { settlePorts } from './saved-state.ts'
import { makeSecrets } from './secrets.ts'
import { greeting, upLine } from './report.ts'

const schema = {
  schedulers: { type: 'integer', default: 3, min: 1, max: 9, help: 'members of the Raft group' },
  peers: { type: 'integer', default: 2, max: 100, help: 'dfdaemons' },
  seedPeers: { type: 'integer', default: 1, max: 20, help: 'dfdaemons that fetch from the origin' },
  dataDir: { type: 'string', default: './.damselfly', help: 'where everything is kept' },
  basePort: {
    type: 'integer',
    default: 0,
    max: 64_000,
    help: 'process k owns ports N+10k to N+10k+9; 0 picks free ones and keeps them',
  },
  announceInterval: {
    type: 'duration',
    default: 30_000,
    min: 1000,
    max: 86_400_000,
    help: 'pause between the announcements of a dfdaemon',
  },
  json: { type: 'boolean', default: false, help: 'print one line of JSON once everything serves' },
} as const satisfies ConfigSchema

const usage = `usage: damselfly up [options]

Starts schedulers, a manager, seed peers and peers on 127.0.0.1. Ctrl-C stops them; the data stays.`

/** Runs until a signal ends it. */
export async function main(argv: readonly string[]): Promise<void> {
  const run = async ({ config }: { config: Config<typeof schema> }): Promise<undefined> => {
    await up(config)
  }
  await runCommand({ name: 'damselfly up', usage, schema, envPrefix: 'DAMSELFLY_UP', run }, argv)
}

async function up(config: Config<typeof schema>): Promise<void> {
  const dataDir = resolve(config.dataDir)
  const { schedulers, peers, seedPeers } = config
  const shape = { schedulers, peers, seedPeers }
  await lockDirectory(dataDir)
  const ports = await settlePorts(dataDir, shape, config.basePort)
  const plan = planCluster({
    shape,
    ports,
    dataDir,
    announceInterval: `${config.announceInterval}ms`,
    node: process.execPath,
    damselflyScript: script('cli/damselfly.js'),
    dfdaemonScript: script('peer/dfdaemon.js'),
  })
  await makeSecrets(plan.secrets)
  for (const peer of plan.peers) mkdirSync(dirname(peer.socket), { recursive: true, mode: 0o700 })
  const children = new Children(join(dataDir, 'logs'), (line) => say(`up: ${line}`))
  const stopping = stopOnSignal(children)
  const pids = startAll(children, plan)
  const overview = await Promise.race([waitUntilServing(plan, children), stopping])
  if (config.json) process.stdout.write(`${upLine(plan, pids, overview)}\n`)
  else process.stdout.write(greeting(plan, dataDir))
}

function startAll(children: Children, plan: ClusterPlan): ReadonlyMap<string, number> {
  const all = [...plan.schedulers, plan.manager, ...plan.peers]
  return new Map(all.map(({ name, argv }) => [name, children.start(name, argv).pid]))
}

/** Rejects never and resolves never: the process ends inside. */
function stopOnSignal(children: Children): Promise<never> {
  return new Promise<never>(() => {
    let isStopping = false
    const stop = (): void => {
      if (isStopping) return
      isStopping = true
      void children.stop().then(() => process.exit(0))
    }
    process.on('SIGINT', stop)
    process.on('SIGTERM', stop)
    // A terminal that is closed must not leave them behind either.
    process.on('SIGHUP', stop)
    // Whatever else ends this process must not leave the others behind.
    process.on('exit', () => children.kill())
  })
}

/** A script of this installation: `up` runs from the built tree, where its siblings are. */
function script(path: string): string {
  const absolute = fileURLToPath(new URL(`../../${path}`, import.meta.url))
  if (existsSync(absolute)) return absolute
  throw new CodedError('CONF_NOT_BUILT', `${absolute} is missing: run npm run build first`)
}

function say(line: string): void {
  process.stderr.write(`${line}\n`)
}
