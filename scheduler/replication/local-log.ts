// A log of one member that commits at once: what the proposer needs of Raft, without a cluster.
// Tests and tools use it; its clock is set by hand.
import { stampBatch } from './batch.ts'
import type { Entry } from '../../raft/index.ts'
import type { ProposeAttempt, ProposerLog } from './proposer-log.ts'
import type { CommandReport } from './frame.ts'
import type { EntryResult } from './replicated-state.ts'

export interface LocalLogDeps {
  /** Applies committed entries, as `ReplicatedState` and `DurableState` do. */
  readonly stateMachine: {
    apply(entries: readonly Entry[]): readonly EntryResult[]
  }
}

/** Entries are applied by the call that proposes them. */
export class LocalLog implements ProposerLog {
  /** Cluster time given to the next entries. */
  clusterClockMs = 1
  /** Wall time given to the next entries. */
  wallMs = 1
  readonly entries: Entry[] = []
  readonly #deps: LocalLogDeps
  #nextIndex: number

  constructor(deps: LocalLogDeps, options: { readonly appliedIndex: number }) {
    this.#deps = deps
    this.#nextIndex = options.appliedIndex + 1
  }

  /** Appends and applies one entry; returns its reports. */
  append(data: Uint8Array, type: 'command' | 'config' = 'command'): readonly CommandReport[] {
    const entry: Entry = {
      index: this.#nextIndex,
      term: 1,
      type,
      stampMs: this.clusterClockMs,
      data: type === 'command' ? stampBatch(data, this.wallMs) : data,
    }
    this.#nextIndex += 1
    this.entries.push(entry)
    const [result] = this.#deps.stateMachine.apply([entry])
    return result !== undefined && isReports(result) ? result : []
  }

  propose(data: Uint8Array): Promise<ProposeAttempt> {
    const result = this.append(data)
    return Promise.resolve({ ok: true, index: this.#nextIndex - 1, term: 1, result })
  }

  onChange(): () => void {
    return () => {}
  }
}

function isReports(result: EntryResult): result is readonly CommandReport[] {
  return Array.isArray(result)
}
