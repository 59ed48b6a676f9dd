// `damselfly member …`: an operator's commands about the members of a cluster.
import { hourMs } from '../base/index.ts'
import { runCommand, UsageError } from '../runtime/index.ts'
import type { ConfigSchema } from '../runtime/index.ts'
import { nodesText } from './cluster.ts'
import { connectionSchema, ownTerminal, viewTimeout, withCluster } from './cluster-connection.ts'
import { addMember, revokeToken } from './member-add.ts'
import { changeMember } from './member-change.ts'
import type { ChangeVerb } from './member-change.ts'
import { runVerb } from './verbs.ts'
import type { Verb } from './verbs.ts'

const dryRun = {
  type: 'boolean',
  default: false,
  help: 'say what would be done, and how many voters may fail before and after; change nothing',
} as const

const changeSchema = {
  ...connectionSchema,
  dryRun,
  reason: { type: 'string', default: '', help: 'why, for the record; at most 256 characters' },
  yes: {
    type: 'boolean',
    default: false,
    help: 'do not ask for confirmation, where it would be asked for',
  },
} as const satisfies ConfigSchema

const replaceSchema = {
  ...changeSchema,
  by: {
    type: 'string',
    default: '',
    help: 'learner that takes the place; empty: the one of the same host',
  },
} as const satisfies ConfigSchema

const listSchema = {
  ...connectionSchema,
  timeout: viewTimeout,
  all: { type: 'boolean', default: false, help: 'hidden and former members too' },
  stale: {
    type: 'boolean',
    default: false,
    help: 'what the asked member has, without asking the leader',
  },
} as const satisfies ConfigSchema

const addSchema = {
  ...connectionSchema,
  learner: { type: 'boolean', default: false, help: 'never to be made a voter by itself' },
  uses: { type: 'integer', default: 1, min: 1, max: 10_000, help: 'hosts the token admits' },
  ttl: { type: 'duration', default: hourMs, min: 1000, help: 'how long the token admits' },
  dryRun,
} as const satisfies ConfigSchema

const revokeSchema = { ...connectionSchema } as const satisfies ConfigSchema

const envPrefix = 'DAMSELFLY_MEMBER'

const helps = {
  promote: 'make a learner that has caught up a voter',
  remove: 'take a member out, alive or dead; its host stays out until `member add` names it',
  replace: 'let a learner take the place of a voter, in one step',
  decommission: 'drain a member, then take it out for good',
  hide: 'let a member serve nobody and still replicate',
  show: 'let a hidden member serve again',
  drain: 'let a member take nothing new and finish what runs',
  undrain: 'let a draining member serve again',
  'transfer-leader': 'hand leadership to a member, or to the most up-to-date one',
} as const satisfies Readonly<Record<ChangeVerb, string>>

export async function main(argv: readonly string[]): Promise<void> {
  const changes = Object.entries(helps).map(([name, help]) => {
    const verb = name as ChangeVerb
    return [verb, { help, main: (rest) => changeMain(verb, rest) }] as const satisfies [
      string,
      Verb,
    ]
  })
  const verbs: Readonly<Record<string, Verb>> = {
    list: { help: 'show the members', main: listMain },
    add: { help: 'make a join token and print the command for the new host', main: addMain },
    ...Object.fromEntries(changes),
    'revoke-token': { help: 'take a join token back', main: revokeMain },
  }
  await runVerb('damselfly member', verbs, argv)
}

async function changeMain(verb: ChangeVerb, argv: readonly string[]): Promise<void> {
  const isDestructive = verb === 'remove' || verb === 'replace' || verb === 'decommission'
  const schema = verb === 'replace' ? replaceSchema : changeSchema
  const who = verb === 'transfer-leader' ? '[MEMBER]' : 'MEMBER'
  const what = `${helps[verb][0]!.toUpperCase()}${helps[verb].slice(1)}.`
  await runCommand(
    {
      name: `damselfly member ${verb}`,
      usage: `usage: damselfly member ${verb} ${who} [options]\n\n${what}\nMEMBER is a host id or a number.`,
      schema,
      envPrefix,
      positionalsMax: 1,
      run: async ({ config, positionals: [name = ''] }) => {
        if (name === '' && verb !== 'transfer-leader') {
          throw new UsageError('CONF_MISSING', 'which member? give its host id or number')
        }
        const yes = config.yes || !isDestructive
        const asked = { by: '', ...config, yes, verb, name }
        return withCluster(config, (client) =>
          changeMember({ client, terminal: ownTerminal }, asked),
        )
      },
    },
    argv,
  )
}

async function listMain(argv: readonly string[]): Promise<void> {
  await runCommand(
    {
      name: 'damselfly member list',
      usage: 'usage: damselfly member list [options]\n\nShows the members.',
      schema: listSchema,
      envPrefix,
      run: async ({ config }) => {
        await ownTerminal.write(await withCluster(config, (client) => nodesText(client, config)))
        return 0
      },
    },
    argv,
  )
}

const addUsage = `usage: damselfly member add [HOST-ID] [options]

Makes a join token and prints the command that starts the new member. With a HOST-ID the token
admits that host only, and lifts the block of one that was removed.`

async function addMain(argv: readonly string[]): Promise<void> {
  await runCommand(
    {
      name: 'damselfly member add',
      usage: addUsage,
      schema: addSchema,
      envPrefix,
      positionalsMax: 1,
      run: ({ config, positionals: [hostId = ''] }) =>
        withCluster(config, (client) =>
          addMember({ client, terminal: ownTerminal }, { ...config, hostId }),
        ),
    },
    argv,
  )
}

async function revokeMain(argv: readonly string[]): Promise<void> {
  await runCommand(
    {
      name: 'damselfly member revoke-token',
      usage: 'usage: damselfly member revoke-token TOKEN-ID [options]\n\nTakes a join token back.',
      schema: revokeSchema,
      envPrefix,
      positionalsMax: 1,
      run: ({ config, positionals: [tokenId = ''] }) => {
        if (tokenId === '') throw new UsageError('CONF_MISSING', 'which token? give its id')
        return withCluster(config, (client) =>
          revokeToken({ client, terminal: ownTerminal }, { ...config, tokenId }),
        )
      },
    },
    argv,
  )
}
