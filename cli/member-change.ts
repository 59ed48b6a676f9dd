// One change of a member: find out whom the operator means, show the plan, ask where it hurts, do
// it.
import { CodedError } from '../base/index.ts'
import type { ClusterClient } from '../client/index.ts'
import { UsageError } from '../runtime/index.ts'
import type { clusterV1 } from '../proto/index.ts'
import type { Terminal } from './cluster-connection.ts'
import { findMember } from './member-names.ts'
import type { Meant } from './member-names.ts'
import { planShape, planText } from './plan-text.ts'

/** Commands about one member. */
export type ChangeVerb =
  | 'promote'
  | 'remove'
  | 'replace'
  | 'decommission'
  | 'hide'
  | 'show'
  | 'drain'
  | 'undrain'
  | 'transfer-leader'

export interface ChangeDeps {
  readonly client: Pick<ClusterClient, 'changeMember' | 'nodes'>
  readonly terminal: Terminal
}

export interface AskedChange {
  readonly verb: ChangeVerb
  /** Host id or number; '' = anyone, for `transfer-leader`. */
  readonly name: string
  /** As `name`: the learner of `replace`; '' = the one of the same host. */
  readonly by: string
  readonly dryRun: boolean
  /** Nobody has to confirm. */
  readonly yes: boolean
  readonly reason: string
  readonly json: boolean
}

const actions = {
  promote: 'PROMOTE',
  remove: 'REMOVE',
  replace: 'REPLACE',
  decommission: 'DECOMMISSION',
  hide: 'HIDE',
  show: 'SHOW',
  drain: 'DRAIN',
  undrain: 'UNDRAIN',
  'transfer-leader': 'TRANSFER_LEADER',
} as const satisfies Readonly<Record<ChangeVerb, clusterV1.MemberAction>>

/** Of two replicas of one host these mean the one, the others ask for the number. */
const meantBy: Partial<Readonly<Record<ChangeVerb, Meant>>> = {
  promote: 'learner',
  replace: 'voter',
  'transfer-leader': 'voter',
}

/**
 * Carries out the command; the exit code.
 * @throws CONF_NOT_CONFIRMED, CONF_MISSING (nobody is there to confirm), SCHED_…
 */
export async function changeMember(deps: ChangeDeps, asked: AskedChange): Promise<number> {
  const { client, terminal } = deps
  const { request, member } = await resolve(client, asked)
  const planned = await client.changeMember({ ...request, dryRun: true })
  const plan = planned.plan ?? emptyPlan
  const shape = {
    action: asked.verb,
    id: request.id === 0 ? null : String(request.id),
    hostId: member,
    dryRun: asked.dryRun,
  }
  if (!asked.json) await terminal.write(planText(plan))
  const hasWork = plan.steps.length > 0
  if (hasWork && !asked.json) await terminal.write('\n')
  if (hasWork && !asked.dryRun && !asked.yes) await confirm(terminal, asked.verb, member)
  const isDone = hasWork && !asked.dryRun
  const made = isDone ? await client.changeMember(request) : undefined
  const index = made?.index ?? 0
  if (asked.json) {
    const outcome = { changed: isDone, index: index === 0 ? null : index }
    const whole = { ...shape, ...outcome, ...planShape(plan) }
    await terminal.write(`${JSON.stringify(whole)}\n`)
  } else if (isDone) {
    await terminal.write(index === 0 ? 'done\n' : `done, at index ${index}\n`)
  } else if (hasWork) {
    await terminal.write('dry run: nothing was changed\n')
  }
  return 0
}

const emptyPlan: clusterV1.Plan__Output = { steps: [], warnings: [], before: null, after: null }

interface Resolved {
  readonly request: clusterV1.ChangeMemberRequest & { readonly id: number }
  /** Host id of the member; '' = anyone. */
  readonly member: string
}

async function resolve(
  client: ChangeDeps['client'],
  { verb, name, by, reason }: AskedChange,
): Promise<Resolved> {
  const action = actions[verb]
  if (name === '') return { request: { action, id: 0, reason }, member: '' }
  const { nodes } = await client.nodes(true)
  const { id, hostId } = findMember(nodes, name, meantBy[verb])
  const successor = by === '' ? 0 : findMember(nodes, by, 'learner').id
  return { request: { action, id, by: successor, reason }, member: hostId }
}

async function confirm(terminal: Terminal, verb: ChangeVerb, member: string): Promise<void> {
  const typed = await terminal.ask(`Type ${member} to ${verb} it: `)
  if (typed === undefined) {
    throw new UsageError('CONF_MISSING', '--yes is needed where nobody can confirm')
  }
  if (typed.trim() === member) return
  const message = `"${typed.trim()}" is not ${member}; nothing was changed`
  throw new CodedError('CONF_NOT_CONFIRMED', message)
}
