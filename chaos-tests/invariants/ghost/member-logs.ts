// What every member's log holds: as the member sees it (all writes that were started), and as a
// crash now would leave it (the finished ones). Built from events alone, so that the checks do not
// believe the product's own account of its log.
import { LogImage } from './log-image.ts'
import type { HardState, LogGroup } from '../../../raft/index.ts'
import type { Mark, SimEvent } from '../../sim/observation.ts'

/** A write that was started and has not finished. */
export type PendingWrite =
  | { readonly kind: 'append'; readonly group: LogGroup }
  | { readonly kind: 'reset'; readonly mark: Mark; readonly hardState: HardState }

export class MemberLog {
  /** With every started write. */
  readonly started = new LogImage()
  /** With every finished write. */
  readonly durable = new LogImage()
  /** Finished commit-only writes may be lost: the last hard state that may not. */
  syncedHardState: HardState = this.durable.hardState
  readonly pending: PendingWrite[] = []
  isOpen = false
  /** The last started group discarded entries from here on; 0 = it only added. */
  discardedFrom = 0
}

/** Follows the logs of all members. */
export class MemberLogs {
  readonly #logs = new Map<number, MemberLog>()

  of(id: number): MemberLog {
    let log = this.#logs.get(id)
    if (log === undefined) {
      log = new MemberLog()
      this.#logs.set(id, log)
    }
    return log
  }

  /** Every member's log by id. */
  all(): Iterable<[number, MemberLog]> {
    return this.#logs
  }

  on(event: SimEvent): void {
    switch (event.type) {
      case 'append-started': {
        const log = this.of(event.member)
        log.pending.push({ kind: 'append', group: event.group })
        log.discardedFrom = log.started.append(event.group)
        break
      }
      case 'appended-durable': {
        const log = this.of(event.member)
        finish(log, 'append')
        log.durable.append(event.group)
        if (event.group.sync) log.syncedHardState = event.group.hardState
        break
      }
      case 'reset-started':
        this.of(event.member).pending.push({
          kind: 'reset',
          mark: event.mark,
          hardState: event.hardState,
        })
        this.of(event.member).started.reset(event.mark, event.hardState)
        break
      case 'log-reset': {
        const log = this.of(event.member)
        finish(log, 'reset')
        log.durable.reset(event.mark, event.hardState)
        log.syncedHardState = event.hardState
        break
      }
      case 'log-compacted':
        this.of(event.member).durable.compact(event.mark)
        this.of(event.member).started.compact(event.mark)
        break
      case 'booted':
        this.#open(this.of(event.member), event.contents)
        break
      case 'crashed':
        this.of(event.member).isOpen = false
        break
      default:
        break
    }
  }

  #open(log: MemberLog, contents: Extract<SimEvent, { type: 'booted' }>['contents']): void {
    log.started.open(contents)
    log.durable.open(contents)
    log.syncedHardState = contents.hardState
    log.pending.length = 0
    log.isOpen = true
  }
}

/** Writes finish in the order in which they were started. */
function finish(log: MemberLog, kind: PendingWrite['kind']): void {
  const first = log.pending[0]
  if (first?.kind === kind) log.pending.shift()
}
