// `damselfly cluster shards|slots|nodes`: the views of the node states.
import type { ClusterClient } from '../client/index.ts'
import { runCommand } from '../runtime/index.ts'
import type { ConfigSchema } from '../runtime/index.ts'
import { connectionSchema, ownTerminal, viewTimeout, withCluster } from './cluster-connection.ts'
import type { ConnectionConfig } from './cluster-connection.ts'
import { nodesTable, nodeShape, shardShape } from './node-text.ts'
import { runVerb } from './verbs.ts'

const stale = {
  type: 'boolean',
  default: false,
  help: 'what the asked member has, without asking the leader',
} as const

const schema = { ...connectionSchema, timeout: viewTimeout, stale } as const satisfies ConfigSchema

const nodesSchema = {
  ...schema,
  all: {
    type: 'boolean',
    default: false,
    help: 'hidden and former members too; for operators',
  },
} as const satisfies ConfigSchema

export async function main(argv: readonly string[]): Promise<void> {
  const shards = 'every member that is not hidden, with its state'
  const slots = 'who can serve'
  const nodes = 'every member, for operators'
  await runVerb(
    'damselfly cluster',
    {
      shards: { help: shards, main: (rest) => shardsMain('shards', shards, rest) },
      slots: { help: slots, main: (rest) => shardsMain('slots', slots, rest) },
      nodes: { help: nodes, main: (rest) => nodesMain(nodes, rest) },
    },
    argv,
  )
}

async function shardsMain(
  view: 'shards' | 'slots',
  help: string,
  argv: readonly string[],
): Promise<void> {
  await runCommand(
    {
      name: `damselfly cluster ${view}`,
      usage: `usage: damselfly cluster ${view} --schedulers ADDR[,ADDR] [options]\n\nShows ${help}.`,
      schema,
      envPrefix: 'DAMSELFLY_CLUSTER',
      run: async ({ config }) => {
        await ownTerminal.write(
          await withView(config, (client) => shardsText(client, view, config)),
        )
        return 0
      },
    },
    argv,
  )
}

async function nodesMain(help: string, argv: readonly string[]): Promise<void> {
  await runCommand(
    {
      name: 'damselfly cluster nodes',
      usage: `usage: damselfly cluster nodes --schedulers ADDR[,ADDR] [options]\n\nShows ${help}.`,
      schema: nodesSchema,
      envPrefix: 'DAMSELFLY_CLUSTER',
      run: async ({ config }) => {
        await ownTerminal.write(await withView(config, (client) => nodesText(client, config)))
        return 0
      },
    },
    argv,
  )
}

function withView(
  config: ConnectionConfig,
  read: (client: ClusterClient) => Promise<string>,
): Promise<string> {
  return withCluster(config, read)
}

interface ViewConfig {
  readonly json: boolean
  readonly stale: boolean
}

/** What `cluster shards` and `cluster slots` print. */
export async function shardsText(
  client: Pick<ClusterClient, 'shards' | 'slots'>,
  view: 'shards' | 'slots',
  config: ViewConfig,
): Promise<string> {
  const consistency = config.stale ? 'stale' : 'linearizable'
  const { index, configurationId, shards } = await client[view]({ consistency })
  if (config.json) {
    return `${JSON.stringify({ index, configurationId, shards: shards.map(shardShape) })}\n`
  }
  const parts = shards.map(({ slots, nodes }) => {
    const ranges = slots.map(({ start, end }) => `${start}-${end}`).join(', ')
    return `slots ${ranges}\n${nodesTable(nodes)}`
  })
  const nobody = parts.length === 0 ? ['nobody can serve now\n'] : parts
  return [placeText(index, configurationId), ...nobody].join('\n')
}

/** What `cluster nodes` prints. */
export async function nodesText(
  client: Pick<ClusterClient, 'nodes'>,
  config: ViewConfig & { readonly all: boolean },
): Promise<string> {
  const consistency = config.stale ? 'stale' : 'linearizable'
  const { index, configurationId, nodes } = await client.nodes(config.all, { consistency })
  if (config.json) {
    return `${JSON.stringify({ index, configurationId, nodes: nodes.map(nodeShape) })}\n`
  }
  return `${placeText(index, configurationId)}\n${nodesTable(nodes)}`
}

function placeText(index: number, configurationId: number): string {
  return `index ${index}, configuration ${configurationId}\n`
}
