// `damselfly recover`: the last way out when most members of a cluster are lost for good. It asks
// for the id of the cluster that is given up, because nothing brings it back.
import { resolve } from 'node:path'
import { CodedError } from '../base/index.ts'
import { runCommand, UsageError } from '../runtime/index.ts'
import type { ConfigSchema } from '../runtime/index.ts'
import type { RecoverOutcome, RecoveryPlan } from '../scheduler/recovery/index.ts'
import { ownTerminal } from './cluster-connection.ts'
import type { Terminal } from './cluster-connection.ts'
import { offlineDeps, requireMember } from './offline.ts'
import { nextSteps } from './snapshot-text.ts'
import { textFields } from './text-table.ts'

const schema = {
  dataDir: { type: 'string', help: 'data directory of the survivor; its scheduler must be down' },
  hostId: { type: 'string', default: '', help: 'name of this host; empty: as before' },
  raftAddress: {
    type: 'string',
    default: '',
    help: 'host:port of its replication port for others; empty: as before',
  },
  confirm: {
    type: 'string',
    default: '',
    help: 'the id of the cluster that is given up; asked for without it',
  },
  dryRun: { type: 'boolean', default: false, help: 'say what would be done, and change nothing' },
  json: { type: 'boolean', default: false, help: 'print JSON' },
} as const satisfies ConfigSchema

interface RecoverConfig {
  readonly dataDir: string
  readonly hostId: string
  readonly raftAddress: string
  readonly confirm: string
  readonly dryRun: boolean
  readonly json: boolean
}

export async function main(argv: readonly string[]): Promise<void> {
  await runCommand(
    {
      name: 'damselfly recover',
      usage:
        'usage: damselfly recover --data-dir DIR [--dry-run] [--confirm CLUSTERID] [options]\n\n' +
        'For a cluster that has lost most of its members for good: makes a NEW cluster of one\n' +
        'member with what this survivor holds. Writes that only the lost members had are lost.\n' +
        'Choose the survivor with the highest last index (--dry-run shows it). The old directory\n' +
        'is kept, untouched, in quarantine.',
      schema,
      envPrefix: 'DAMSELFLY_RECOVER',
      run: async ({ config }) => {
        await runRecover(config, ownTerminal)
        return 0
      },
    },
    argv,
  )
}

/** Plans, asks, recovers and tells. */
export async function runRecover(config: RecoverConfig, terminal: Terminal): Promise<void> {
  if (config.hostId !== '') requireMember({ ...config, raftAddress: config.raftAddress || 'a:1' })
  if (config.raftAddress !== '') requireMember({ ...config, hostId: config.hostId || 'a' })
  const { recover } = await import('../scheduler/recovery/index.ts')
  const { hostId, raftAddress, dryRun: isDryRun } = config
  const root = resolve(config.dataDir)
  const outcome = await recover(offlineDeps(), {
    root,
    hostId,
    raftAddress,
    isDryRun,
    confirm: (plan) => confirm(plan, config, terminal),
  })
  if (outcome.action === 'declined') {
    throw new CodedError('CONF_NOT_CONFIRMED', 'that is not the id of the cluster; nothing changed')
  }
  await terminal.write(config.json ? outcomeJson(outcome) : outcomeText(outcome, root, config))
}

async function confirm(
  plan: RecoveryPlan,
  config: RecoverConfig,
  terminal: Terminal,
): Promise<boolean> {
  if (config.confirm !== '') return config.confirm === plan.clusterId
  if (!config.json) await terminal.write(`${planText(plan)}\n`)
  const typed = await terminal.ask('Type the id of the cluster to give it up: ')
  if (typed === undefined) {
    const message = `nobody to ask: --confirm ${plan.clusterId} gives up the cluster`
    throw new UsageError('CONF_NOT_CONFIRMED', message)
  }
  return typed.trim() === plan.clusterId
}

function outcomeJson(outcome: Exclude<RecoverOutcome, { readonly action: 'declined' }>): string {
  switch (outcome.action) {
    case 'planned':
      return `${JSON.stringify({ action: outcome.action, plan: planJson(outcome.plan) })}\n`
    case 'finished': {
      const { quarantinedPath, instance } = outcome
      const { clusterId } = instance.identity
      return `${JSON.stringify({ action: outcome.action, clusterId, quarantinedPath })}\n`
    }
    case 'recovered': {
      const { plan, founding, rows, quarantinedPath } = outcome
      const { clusterId, replicaId, hostId, raftAddress, index } = founding
      const member = { id: String(replicaId), hostId, raftAddr: raftAddress }
      const made = { action: outcome.action, clusterId, index, rows, member, quarantinedPath }
      return `${JSON.stringify({ ...made, plan: planJson(plan) })}\n`
    }
  }
}

function outcomeText(
  outcome: Exclude<RecoverOutcome, { readonly action: 'declined' }>,
  root: string,
  config: RecoverConfig,
): string {
  if (outcome.action === 'planned') return `${planText(outcome.plan)}\nNothing was changed.\n`
  if (outcome.action === 'finished') {
    const { identity } = outcome.instance
    return textFields([
      ['new cluster', identity.clusterId],
      ['old directory', outcome.quarantinedPath],
      ['', 'An earlier run had made the cluster; the old directory is out of the way now.'],
    ])
  }
  const { plan, founding, quarantinedPath } = outcome
  const { clusterId, replicaId, hostId, raftAddress, index } = founding
  const fields = textFields([
    ['new cluster', clusterId],
    ['first member', `${hostId} (id ${replicaId}) at ${raftAddress}, index ${index}`],
    ['old directory', quarantinedPath],
  ])
  const shown = config.confirm === '' ? '' : `${planText(plan)}\n`
  return `${shown}${fields}\n${nextSteps({ root, hostId, raftAddress })}`
}

function planJson(plan: RecoveryPlan): Readonly<Record<string, unknown>> {
  const { members, ...rest } = plan
  return {
    ...rest,
    replicaId: String(plan.replicaId),
    members: members.map(({ replicaId, hostId, raftAddress, role }) => ({
      id: String(replicaId),
      hostId,
      raftAddr: raftAddress,
      role,
    })),
  }
}

/** What a survivor has, and what is lost with the others. */
function planText(plan: RecoveryPlan): string {
  const { commitIndex, lastIndex, members, replicaId } = plan
  const others = members.filter((member) => member.replicaId !== replicaId)
  const uncertain = lastIndex - commitIndex
  return [
    textFields([
      ['cluster', plan.clusterId],
      ['survivor', `${plan.hostId} (id ${replicaId}) at ${plan.raftAddress}`],
      ['last index', `${lastIndex}, term ${plan.lastTerm}`],
      ['directory', plan.directory],
    ]),
    'What becomes of it:',
    `  - Everything up to index ${lastIndex} goes into a new cluster with a new id.`,
    ...(uncertain > 0
      ? [`    The last ${uncertain} entries were not known to be committed; they count now.`]
      : []),
    `  - Writes that were acknowledged after index ${lastIndex} are LOST.`,
    ...(others.length > 0
      ? [
          `  - No longer members: ${others.map(({ hostId }) => hostId).join(', ')}. If enough of them`,
          '    for a majority can be started again, start them instead: nothing is lost then.',
        ]
      : ['  - It was the only member: if it starts, leave it as it is, and nothing is lost.']),
    '  - The old directory moves to quarantine as it is.',
    '',
  ].join('\n')
}
