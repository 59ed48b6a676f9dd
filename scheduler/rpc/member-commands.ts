// What operators change: members and join tokens. Every call shows operator credentials and leaves
// a line in the log of the member that carried it out, with who asked and why.
import { CodedError } from '../../base/index.ts'
import type { clusterV1 } from '../../proto/index.ts'
import type { FaultTolerance, MemberAction } from '../../raft/index.ts'
import type { GoodPlan, OperatorActs } from '../membership/operator-acts.ts'
import {
  createJoinTokenCommand,
  hostBlockTable,
  joinTokenTtlMsMax,
  joinTokenUsesMax,
  memberTable,
  membersMax,
  memberTextLengthMax,
  revokeJoinTokenCommand,
} from '../replication/index.ts'
import type { StateReader } from '../replication/index.ts'
import { FieldError, integer, text } from './fields.ts'
import { formatJoinToken, hashJoinSecret } from './host-proof.ts'
import { joinTokenTtlMsDefault, operatorReasonLengthMax } from './limits.ts'
import type { OperatorGate } from './operator-gate.ts'
import type { Replica } from './replica.ts'
import { unary } from './unary.ts'
import type { Call, UnaryDeps } from './unary.ts'

export interface MemberCommandsDeps extends UnaryDeps {
  readonly operators: OperatorGate
  readonly acts: OperatorActs
  readonly replica: Replica
  /** 32 lower-case hex characters, another one each time and not to be guessed. */
  readonly randomId: () => string
}

type Handled = 'ChangeMember' | 'CreateJoinToken' | 'RevokeJoinToken'

/** The handlers of ChangeMember, CreateJoinToken and RevokeJoinToken. */
export function memberCommandHandlers(
  deps: MemberCommandsDeps,
): Pick<clusterV1.ClusterHandlers, Handled> {
  return {
    ChangeMember: unary(deps, (request, call) => changeMember(deps, request, call)),
    CreateJoinToken: unary(deps, (request, call) => createJoinToken(deps, request, call)),
    RevokeJoinToken: unary(deps, (request, call) => revokeJoinToken(deps, request, call)),
  }
}

const actions: Readonly<Record<string, MemberAction>> = {
  PROMOTE: 'promote',
  REMOVE: 'remove',
  REPLACE: 'replace',
  DECOMMISSION: 'decommission',
  HIDE: 'hide',
  SHOW: 'show',
  DRAIN: 'drain',
  UNDRAIN: 'undrain',
  TRANSFER_LEADER: 'transfer-leader',
}

async function changeMember(
  { operators, acts }: MemberCommandsDeps,
  request: clusterV1.ChangeMemberRequest__Output,
  call: Call,
): Promise<clusterV1.ChangeMemberReply> {
  const actor = operators.require(call)
  const action = Object.hasOwn(actions, request.action) ? actions[request.action] : undefined
  if (action === undefined) throw new FieldError('action', 'must be an action this member knows')
  const isAnyone = action === 'transfer-leader'
  const id = integer(request.id, 'id', isAnyone ? 0 : 1, Number.MAX_SAFE_INTEGER)
  const by = integer(request.by, 'by', 0, Number.MAX_SAFE_INTEGER)
  const reason = text(request.reason, 'reason', operatorReasonLengthMax)
  const asked = { action, id, by }
  if (request.dryRun) return { index: 0, plan: planMessage(acts.plan(asked)) }
  const remainingMs = (): number => call.remainingMs()
  const { index, plan } = await acts.change(asked, { actor, reason, remainingMs })
  return { index, plan: planMessage(plan) }
}

function planMessage({ steps, warnings, before, after }: GoodPlan): clusterV1.Plan {
  return { steps: [...steps], warnings: [...warnings], before, after }
}

async function createJoinToken(
  { operators, replica, randomId, logger }: MemberCommandsDeps,
  request: clusterV1.CreateJoinTokenRequest__Output,
  call: Call,
): Promise<clusterV1.CreateJoinTokenReply> {
  const actor = operators.require(call)
  const hostId = text(request.hostId, 'host_id', memberTextLengthMax)
  const isLearner = request.learner
  const ttlMs = integer(request.ttlMs, 'ttl_ms', 0, joinTokenTtlMsMax) || joinTokenTtlMsDefault
  const uses = integer(request.uses, 'uses', 0, joinTokenUsesMax) || 1
  const asked = { hostId, isLearner, ttlMs, uses }
  const plan = tokenPlan(asked, await replica.fresh(call))
  if (request.dryRun) return { token: '', tokenId: '', expiresWallMs: 0, plan }
  const tokenId = randomId().slice(0, 16)
  const secret = randomId()
  const body = { ...asked, tokenId, secretHash: hashJoinSecret(secret) }
  const made = await replica.command(call, createJoinTokenCommand, body, actor)
  const fields = { action: 'create-join-token', tokenId, hostId, uses, ttlMs, actor }
  if (!made.ok) {
    logger.warn({ ...fields, reason: made.reason }, 'operator command not done')
    const message = `the token was not made: ${made.reason}`
    throw new CodedError('SCHED_CONFLICT', message)
  }
  logger.info(fields, 'operator command done')
  const token = formatJoinToken({ tokenId, secret })
  return { token, tokenId, expiresWallMs: made.expiresWallMs, plan }
}

interface AskedToken {
  readonly hostId: string
  readonly isLearner: boolean
  readonly ttlMs: number
  readonly uses: number
}

function tokenPlan(
  { hostId, isLearner, ttlMs, uses }: AskedToken,
  reader: StateReader,
): clusterV1.Plan {
  const who = hostId === '' ? 'any host' : hostId
  const times = uses === 1 ? 'once' : `${uses} times`
  const how = isLearner ? 'as a learner that stays one' : 'as a learner that becomes a voter'
  const within = `within ${Math.ceil(ttlMs / 60_000)} min`
  const steps = [`Make a token that admits ${who} ${times} ${within}, ${how}.`]
  const block = hostId === '' ? undefined : reader.get(hostBlockTable, hostId)
  if (block !== undefined) {
    const what = `${hostId} was ${block.reason} as member ${block.replicaId}`
    steps.push(`Lift the block of ${hostId}: ${what}.`)
  }
  const rows = reader.list(memberTable, 'byReplica', { limit: membersMax })
  const known = rows.find((row) => row.hostId === hostId)
  const voters = rows.filter(({ role }) => role === 'voter')
  const added = isLearner || known !== undefined ? 0 : uses
  const active = voters.filter(({ state }) => state !== 'fail' && state !== 'joining').length
  const before = tolerance(voters.length, active)
  // Each host that the token admits counts as one that is there.
  const after = tolerance(voters.length + added, active + added)
  if (known !== undefined) {
    const who = `${hostId} is member ${known.replicaId} already`
    return { steps, warnings: [`${who}: a new directory there replaces it.`], before, after }
  }
  const isVain = added === 1 && after.voters % 2 === 0
  const warning = `${after.voters} voters tolerate the same as ${before.voters}.`
  return { steps, warnings: isVain ? [warning] : [], before, after }
}

/** By the node states, which any member knows: whom the leader hears, it alone does. */
function tolerance(voters: number, active: number): FaultTolerance {
  const quorum = Math.floor(voters / 2) + 1
  return { voters, quorum, active, canLose: Math.max(active - quorum, 0) }
}

async function revokeJoinToken(
  { operators, replica, logger }: MemberCommandsDeps,
  request: clusterV1.RevokeJoinTokenRequest__Output,
  call: Call,
): Promise<clusterV1.RevokeJoinTokenReply> {
  const actor = operators.require(call)
  const { tokenId } = request
  if (!/^[0-9a-f]{16}$/.test(tokenId)) {
    throw new FieldError('token_id', 'must be 16 lower-case hex characters')
  }
  const { ok } = await replica.command(call, revokeJoinTokenCommand, { tokenId }, actor)
  logger.info({ action: 'revoke-join-token', tokenId, actor, isFound: ok }, 'operator command done')
  if (!ok) throw new CodedError('SCHED_TOKEN_NOT_FOUND', `there is no join token ${tokenId}`)
  return {}
}
