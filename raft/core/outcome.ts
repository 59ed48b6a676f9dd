// Answers of the core's entry points: refusals are values the caller has to look at.

/** Why a message had no effect. The driver counts them. */
export type StepRefusal =
  /** `to` is another replica. */
  | 'wrong-target'
  /** Claims to come from this very replica. */
  | 'from-self'
  /** A reply from somebody the leader does not replicate to. */
  | 'unknown-sender'
  /** Sent in an older term. */
  | 'stale-term'
  /** A vote was asked while a leader is alive here (thesis section 4.2.3). */
  | 'leader-alive'
  /** Does not fit the present role, for instance a vote that arrives after the election. */
  | 'unexpected'

export type StepResult =
  | { readonly ok: true }
  | { readonly ok: false; readonly reason: StepRefusal }

export type ProposeResult =
  | { readonly ok: true; readonly firstIndex: number; readonly term: number }
  | {
      readonly ok: false
      /** `too-large`: one payload is above `entryDataBytesMax`. */
      readonly reason: 'not-leader' | 'overloaded' | 'too-large'
      /** replicaId to try instead; 0 = unknown. */
      readonly leader: number
    }

export type ReadIndexResult =
  | { readonly ok: true }
  | { readonly ok: false; readonly reason: 'not-leader' | 'overloaded'; readonly leader: number }

export type CampaignResult =
  | { readonly ok: true }
  /** `not-caught-up`: entries known committed before the restart are not applied yet. */
  | { readonly ok: false; readonly reason: 'leader' | 'not-voter' | 'not-caught-up' }

export type TransferResult =
  | { readonly ok: true }
  | { readonly ok: false; readonly reason: 'not-leader' | 'not-voter' | 'self' }
