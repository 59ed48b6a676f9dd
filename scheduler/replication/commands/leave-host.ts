// leave-host and delete-host: the host is out of every choice at once, its peers are removed in
// bounded steps and their children get other parents. A host that is not there is no error.
import { defineCommand } from '../command.ts'
import { readId } from '../rows/fields.ts'
import { runWork } from './agenda.ts'
import { leaveHost as leave } from './hosts.ts'
import { Work } from './work.ts'
import type { CommandContext } from '../command.ts'
import type { Transaction } from '../state-access.ts'
import type { FieldReader, Wire } from '../wire.ts'
import type { LeaveHost, LeaveHostResult } from './types.ts'

/** API v1 LeaveHost. */
export const leaveHost = defineCommand({
  kind: 101,
  kindVersion: 1,
  name: 'leave-host',
  encode,
  decode,
  apply: (tx, body, context) => apply(tx, body, context, 'left'),
})

/** API v2 DeleteHost. */
export const deleteHost = defineCommand({
  kind: 102,
  kindVersion: 1,
  name: 'delete-host',
  encode,
  decode,
  apply: (tx, body, context) => apply(tx, body, context, 'deleted'),
})

function encode(body: LeaveHost): readonly Wire[] {
  return [body.hostId]
}

function decode(fields: FieldReader): LeaveHost {
  return { hostId: readId(fields) }
}

function apply(
  tx: Transaction,
  body: LeaveHost,
  context: CommandContext,
  cause: 'left' | 'deleted',
): LeaveHostResult {
  const work = new Work(tx, context)
  return runWork(work, () => ({ ok: true, existed: leave(work, body.hostId, cause) }))
}
