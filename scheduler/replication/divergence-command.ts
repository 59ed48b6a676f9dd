// Tells a replica, through the log that it follows, that a majority has another state (design 4.8):
// it stops and comes back as a new replica, and its place is taken jointly when that one has caught
// up. So no voter is taken out before there is another. Kind 15; frozen with golden bytes.
import { defineCommand } from './command.ts'
import { idBytes, readIdBytes } from './rows/member.ts'
import type { StateEvent } from './command.ts'

/** Whose state differs. */
export interface NoteDiverged {
  readonly replicaId: number
  /** 32 lower-case hex characters: the data directory that is meant, and no later one. */
  readonly incarnation: string
}

/** Emitted for the replica that is meant; the others have nothing to do. */
export interface MemberDiverged extends StateEvent, NoteDiverged {
  readonly type: 'member-diverged'
}

/** Says that a replica differs. No row changes: the state of that replica is not to be trusted. */
export const noteDivergedCommand = defineCommand<NoteDiverged, { readonly ok: true }>({
  kind: 15,
  kindVersion: 1,
  name: 'note-diverged',
  encode: (body) => [body.replicaId, idBytes(body.incarnation)],
  decode: (fields) => ({ replicaId: fields.integer(1), incarnation: readIdBytes(fields) }),
  apply(_, { replicaId, incarnation }, context) {
    const diverged: MemberDiverged = { type: 'member-diverged', replicaId, incarnation }
    context.emit(diverged)
    return { ok: true }
  },
})
