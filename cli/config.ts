// `damselfly config …`: the settings of a cluster, and other values it keeps. Keys of settings are
// those of upstream's configuration file behind `scheduler.`, such as `scheduler.gc.hostTTL`.
import { runCommand, UsageError } from '../runtime/index.ts'
import type { ConfigSchema } from '../runtime/index.ts'
import { connectionSchema, ownTerminal, viewTimeout, withCluster } from './cluster-connection.ts'
import { getConfig, listConfig } from './config-show.ts'
import { setConfig, unsetConfig } from './config-change.ts'
import { runVerb } from './verbs.ts'
import type { Verb } from './verbs.ts'

const stale = {
  type: 'boolean',
  default: false,
  help: 'what the asked member has, without asking the leader',
} as const

const showSchema = {
  ...connectionSchema,
  timeout: viewTimeout,
  stale,
} as const satisfies ConfigSchema

const setSchema = {
  ...connectionSchema,
  file: {
    type: 'string',
    default: '',
    help: 'JSON file with all settings; what it does not name is the default again',
  },
} as const satisfies ConfigSchema

const unsetSchema = { ...connectionSchema } as const satisfies ConfigSchema

const envPrefix = 'DAMSELFLY_CONFIG'

/** Settings one command changes at once. */
const changesMax = 64

export async function main(argv: readonly string[]): Promise<void> {
  const verbs: Readonly<Record<string, Verb>> = {
    get: { help: 'show what the cluster is set to', main: getMain },
    set: { help: 'change settings', main: setMain },
    unset: { help: 'put a setting back to its default', main: unsetMain },
    list: { help: 'list the keys the cluster keeps values for', main: listMain },
  }
  await runVerb('damselfly config', verbs, argv)
}

const getUsage = `usage: damselfly config get [KEY] [options]

Shows the settings, those that nobody has set with their defaults (docs/settings.md). KEY is a
setting such as scheduler.gc.hostTTL, a part of them such as scheduler.gc, or a key that
'config list' shows.`

async function getMain(argv: readonly string[]): Promise<void> {
  await runCommand(
    {
      name: 'damselfly config get',
      usage: getUsage,
      schema: showSchema,
      envPrefix,
      positionalsMax: 1,
      run: ({ config, positionals: [key = 'scheduler'] }) =>
        withCluster(config, (client) =>
          getConfig({ client, terminal: ownTerminal }, { ...config, key }),
        ),
    },
    argv,
  )
}

const setUsage = `usage: damselfly config set KEY=VALUE … [options]
       damselfly config set --file settings.json [options]

Changes settings of the whole cluster at once: all of them, or none. Times have a unit:
scheduler.gc.hostTTL=2h. The keys and their bounds are in docs/settings.md.`

async function setMain(argv: readonly string[]): Promise<void> {
  await runCommand(
    {
      name: 'damselfly config set',
      usage: setUsage,
      schema: setSchema,
      envPrefix,
      positionalsMax: changesMax,
      run: ({ config, positionals }) => {
        if ((positionals.length === 0) === (config.file === '')) {
          throw new UsageError('CONF_MISSING', 'give KEY=VALUE, or a --file with all settings')
        }
        return withCluster(config, (client) =>
          setConfig({ client, terminal: ownTerminal }, { ...config, pairs: positionals }),
        )
      },
    },
    argv,
  )
}

const unsetUsage = `usage: damselfly config unset KEY … [options]

Puts settings, or a whole part of them, back to their defaults.`

async function unsetMain(argv: readonly string[]): Promise<void> {
  await runCommand(
    {
      name: 'damselfly config unset',
      usage: unsetUsage,
      schema: unsetSchema,
      envPrefix,
      positionalsMax: changesMax,
      run: ({ config, positionals: keys }) => {
        if (keys.length === 0) throw new UsageError('CONF_MISSING', 'which setting? give its key')
        return withCluster(config, (client) =>
          unsetConfig({ client, terminal: ownTerminal }, { ...config, keys }),
        )
      },
    },
    argv,
  )
}

async function listMain(argv: readonly string[]): Promise<void> {
  await runCommand(
    {
      name: 'damselfly config list',
      usage: 'usage: damselfly config list [PREFIX] [options]\n\nLists keys that have a value.',
      schema: showSchema,
      envPrefix,
      positionalsMax: 1,
      run: ({ config, positionals: [prefix = ''] }) =>
        withCluster(config, (client) =>
          listConfig({ client, terminal: ownTerminal }, { ...config, prefix }),
        ),
    },
    argv,
  )
}
