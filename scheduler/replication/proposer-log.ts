// What the proposer uses of Raft; `RaftNode` satisfies it.

/** The end of one attempt to get an entry into the log; see `ProposeOutcome` of raft. */
export type ProposeAttempt =
  | { readonly ok: true; readonly index: number; readonly term: number; readonly result: unknown }
  | {
      readonly ok: false
      readonly reason:
        | 'not-leader'
        | 'overloaded'
        | 'too-large'
        | 'expired'
        | 'unknown-outcome'
        | 'stopped'
    }

/** A replicated log seen from a member that proposes. */
export interface ProposerLog {
  propose(data: Uint8Array, options: { readonly timeoutMs: number }): Promise<ProposeAttempt>
  /** Calls back when role, term or leader changed; the result ends that. */
  onChange(listener: (change: { readonly leader: number }) => void): () => void
}
