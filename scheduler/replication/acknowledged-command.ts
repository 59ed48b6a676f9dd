// Notes how far the disks of all members have come. Kind 14; frozen with golden bytes.
import { defineCommand } from './command.ts'
import { membersMax } from './limits.ts'
import { acknowledgedTable } from './rows/acknowledged.ts'
import { idBytes, memberTable, readIdBytes } from './rows/member.ts'
import type { AcknowledgedRow } from './rows/acknowledged.ts'
import type { FieldReader } from './wire.ts'

/** Indexes that the leader saw acknowledged and committed, by replicaId; at most `membersMax`. */
export interface NoteAcknowledged {
  readonly marks: readonly AcknowledgedRow[]
}

export interface NoteAcknowledgedResult {
  readonly ok: true
  /** Marks that were news. */
  readonly raised: number
}

/**
 * Raises the marks of members, each of the very incarnation that is meant, and forgets those of who
 * is a member no more. A mark is never lowered.
 */
export const noteAcknowledged = defineCommand<NoteAcknowledged, NoteAcknowledgedResult>({
  kind: 14,
  kindVersion: 1,
  name: 'note-acknowledged',
  encode: ({ marks }) => [
    marks.map(({ replicaId, incarnation, index }) => [replicaId, idBytes(incarnation), index]),
  ],
  decode: (fields) => ({ marks: fields.list(membersMax, (items) => items.nested(readMark)) }),
  apply(tx, { marks }) {
    for (const { replicaId } of tx.list(acknowledgedTable, 'byReplica', { limit: membersMax })) {
      if (tx.get(memberTable, replicaId) === undefined) tx.delete(acknowledgedTable, replicaId)
    }
    let raised = 0
    for (const mark of marks) {
      if (tx.get(memberTable, mark.replicaId)?.incarnation !== mark.incarnation) continue
      if ((tx.get(acknowledgedTable, mark.replicaId)?.index ?? 0) >= mark.index) continue
      tx.put(acknowledgedTable, mark)
      raised += 1
    }
    return { ok: true, raised }
  },
})

function readMark(fields: FieldReader): AcknowledgedRow {
  return {
    replicaId: fields.integer(1),
    incarnation: readIdBytes(fields),
    index: fields.integer(1),
  }
}
