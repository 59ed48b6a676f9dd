// Answers of the core's entry points: refusals are values the caller has to look at.

/** Why a message had no effect. The driver counts them. */
export type StepRefusal =
  /** `to` is another replica. */
  | 'wrong-target'
  /** Claims to come from this very replica. */
  | 'from-self'
  /** A reply from somebody the leader does not replicate to. */
  | 'unknown-sender'
  /** From a replica that was removed; it is told so. */
  | 'removed-sender'
  /** This replica was removed itself. */
  | 'removed'
  /** Sent in an older term. */
  | 'stale-term'
  /** A vote was asked while a leader is alive here (thesis section 4.2.3). */
  | 'leader-alive'
  /** Does not fit the present role, for instance a vote that arrives after the election. */
  | 'unexpected'

/**
 * The end of `Raft.step`; a refused message changed nothing, but that a vote message may have told
 * what is committed.
 */
export type StepResult =
  | { readonly ok: true }
  | { readonly ok: false; readonly reason: StepRefusal }

/** The end of `Raft.propose`: the place of the first entry in the leader's log, or why none. */
export type ProposeResult =
  | { readonly ok: true; readonly firstIndex: number; readonly term: number }
  | {
      readonly ok: false
      /** `too-large`: one payload is above `entryDataBytesMax`. */
      readonly reason: 'not-leader' | 'overloaded' | 'too-large'
      /** replicaId to try instead; 0 = unknown. */
      readonly leader: number
    }

/** Why a change of the membership cannot be made now, or ever. */
export type ChangeRefusal =
  /** The configuration is not the one the caller saw. */
  | 'stale-configuration'
  /** Another change is not applied yet, or a joint configuration is in force. */
  | 'change-in-progress'
  /** There is no joint configuration to leave. */
  | 'not-joint'
  /** No voter would remain. */
  | 'no-voter'
  | 'already-member'
  /** It was removed; ids are never used again. */
  | 'removed-id'
  | 'not-member'
  | 'not-learner'
  | 'not-voter'
  /** No replicaId, an id twice in one change, or more than `changeOperationsMax` operations. */
  | 'invalid-operation'
  | 'too-many-members'

/** The end of `Raft.proposeChange`: where the entry is, or why there is none. */
export type ProposeChangeResult =
  | { readonly ok: true; readonly index: number; readonly term: number }
  | {
      readonly ok: false
      readonly reason:
        | ChangeRefusal
        | 'not-leader'
        /** No entry of this term is committed yet. */
        | 'not-ready'
        /** Fewer voters than a quorum of the new configuration are active. */
        | 'would-lose-quorum'
        /** The learner to promote lags or was not heard from lately. */
        | 'learner-not-ready'
        | 'too-large'
      /** replicaId to try instead; 0 = unknown. */
      readonly leader: number
    }

/** The end of `Raft.forgetLeader`. */
export type ForgetLeaderResult =
  | { readonly ok: true }
  | { readonly ok: false; readonly reason: 'not-follower' | 'no-leader' }

/** The end of `Raft.restore`: whether the image is to be installed. */
export type RestoreResult =
  | { readonly ok: true }
  | {
      readonly ok: false
      /** `old`: everything it covers is here. `busy`: another one is being installed. */
      readonly reason: 'old' | 'busy' | 'not-member' | 'not-follower'
    }

/** The end of `Raft.readIndex`: the round has begun, and `Ready.reads` tells how it ends. */
export type ReadIndexResult =
  | { readonly ok: true }
  | { readonly ok: false; readonly reason: 'not-leader' | 'overloaded'; readonly leader: number }

/** The end of `Raft.campaign`. */
export type CampaignResult =
  | { readonly ok: true }
  | {
      readonly ok: false
      readonly reason:
        | 'leader'
        | 'not-voter'
        /** Entries known committed before the restart are not applied yet. */
        | 'not-caught-up'
        /** A committed change of the membership is not applied yet. */
        | 'pending-change'
        /** The state is lost: an image of it comes first. */
        | 'no-state'
        /** An image is being installed. */
        | 'installing'
        /** The group says that this replica was removed. */
        | 'removed'
    }

/** The end of `Raft.transferLeadership`: it has begun; it may still come to nothing. */
export type TransferResult =
  | { readonly ok: true }
  | { readonly ok: false; readonly reason: 'not-leader' | 'not-voter' | 'self' }
