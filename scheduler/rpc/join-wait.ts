// Waits until the state of this member says what became of a join.
import { CodedError } from '../../base/index.ts'
import type { Clock } from '../../base/index.ts'
import type { clusterV1 } from '../../proto/index.ts'
import { joinTable, memberTable } from '../replication/index.ts'
import type { JoinWithdrawal, JoinWithdrawn, StateReader } from '../replication/index.ts'
import type { StatePort } from './ports.ts'
import type { Call } from './unary.ts'

/** Begun before the join is proposed, so that nothing is missed. */
export interface AdmissionWait {
  /**
   * The reply, once the asker is a member; this member's state shows it then.
   * @throws SCHED_JOIN_PENDING when the call's time is over: ask again; and why it was given up
   */
  reply(): Promise<clusterV1.JoinReply>
  end(): void
}

const pending: readonly [code: string, text: string] = [
  'SCHED_JOIN_PENDING',
  'the leader has not admitted this host yet; ask again',
]

const withdrawals: Readonly<Record<JoinWithdrawal, readonly [code: string, text: string]>> = {
  unreachable: ['SCHED_JOIN_PENDING', 'the leader reached nobody at this address; ask again'],
  superseded: ['SCHED_JOIN_PENDING', 'this host asked again from another data directory'],
  'host-id-in-use': ['SCHED_HOST_ID_IN_USE', 'another live member has this host id'],
  'address-in-use': ['SCHED_ADDRESS_IN_USE', 'another member has this address'],
  'host-blocked': ['SCHED_HOST_BLOCKED', 'an operator has just removed this host'],
  'token-revoked': ['SCHED_JOIN_TOKEN_INVALID', 'the join token has just been revoked'],
  'feature-enabled': ['SCHED_JOIN_PENDING', 'the cluster has just changed its features; ask again'],
  'too-many-members': ['SCHED_TOO_MANY_LEARNERS', 'the cluster has as many members as it can'],
}

/** Waits for the join of `incarnation` until the end of the call. */
export function waitForAdmission(
  { clock, state }: { readonly clock: Clock; readonly state: StatePort },
  { incarnation, clusterId }: { readonly incarnation: string; readonly clusterId: string },
  call: Pick<Call, 'remainingMs'>,
): AdmissionWait {
  let withdrawn: JoinWithdrawal | undefined
  let wake: (() => void) | undefined
  const unsubscribe = state.subscribe(({ events, changes }) => {
    for (const event of events) {
      if (isWithdrawal(event) && event.incarnation === incarnation) withdrawn = event.reason
    }
    if (withdrawn !== undefined || changes().some(({ table }) => table === joinTable)) wake?.()
  })
  const unsubscribeReplaced = state.onReplaced(() => wake?.())
  return {
    async reply() {
      for (;;) {
        const reply = replyOf(state.reader, incarnation, clusterId)
        if (reply !== undefined) return reply
        const [code, text] = withdrawn === undefined ? pending : withdrawals[withdrawn]
        const leftMs = call.remainingMs()
        if (withdrawn !== undefined || leftMs <= 0) throw new CodedError(code, text)
        await new Promise<void>((resolve) => {
          const timer = clock.setTimer(leftMs, resolve)
          wake = () => {
            timer.cancel()
            resolve()
          }
        })
      }
    },
    end() {
      unsubscribe()
      unsubscribeReplaced()
    },
  }
}

function isWithdrawal(event: { readonly type: string }): event is JoinWithdrawn {
  return event.type === ('join-withdrawn' satisfies JoinWithdrawn['type'])
}

function replyOf(
  reader: StateReader,
  incarnation: string,
  clusterId: string,
): clusterV1.JoinReply | undefined {
  const replicaId = reader.get(joinTable, incarnation)?.replicaId ?? 0
  const member = replicaId === 0 ? undefined : reader.get(memberTable, replicaId)
  if (member === undefined) return undefined
  const members: clusterV1.JoinMember[] = []
  reader.each(memberTable, 'byReplica', {}, (row) => {
    const { hostId, raftAddress, clientAddress, role } = row
    const { incarnation: of, replicaId: id } = row
    members.push({ replicaId: id, hostId, incarnation: of, raftAddress, addr: clientAddress, role })
  })
  return { clusterId, replicaId, joinedAtIndex: member.joinedAtIndex, members }
}
