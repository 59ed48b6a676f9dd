import { status } from '@grpc/grpc-js'
import { expect, test } from 'vitest'
import { leaveHost } from '../replication/commands/index.ts'
import { Replica } from './replica.ts'
import type { ReplicaDeps } from './replica.ts'
import type { Call } from './unary.ts'

/** What a call is told whose command is refused for this reason. */
function told(reason: 'expired' | 'overloaded', remainingMs = 1_000): Promise<unknown> {
  const deps: { readonly [Port in keyof ReplicaDeps]: Partial<ReplicaDeps[Port]> } = {
    commands: { propose: () => Promise.resolve({ ok: false, reason }) },
    leadership: { hasLeader: true },
    raft: {},
    state: {},
  }
  const call: Partial<Call> = { remainingMs: () => remainingMs }
  const replica = new Replica(deps as ReplicaDeps)
  return Promise.resolve()
    .then(() => replica.command(call as Call, leaveHost, { hostId: 'h' }))
    .catch((error: unknown) => error)
}

test('a command that was not carried out in time may be tried again', async () => {
  const expired = { grpcStatus: status.UNAVAILABLE, code: 'SCHED_EXPIRED' }
  expect(await told('expired')).toMatchObject(expired)
  expect(await told('expired', 0)).toMatchObject(expired)
  expect(await told('overloaded')).toMatchObject({ code: 'SCHED_OVERLOADED' })
})
