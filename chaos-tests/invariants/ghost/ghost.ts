// What an all-seeing bystander knows of a run. Invariants share one ghost; it hears of every event
// before they do.
import { AppliedLog } from './applied-log.ts'
import { CommittedLog } from './committed-log.ts'
import { MemberLogs } from './member-logs.ts'
import type { SimEvent, WorldView } from '../../sim/observation.ts'

export class Ghost {
  readonly logs = new MemberLogs()
  readonly committed = new CommittedLog(this.logs)
  readonly applied = new AppliedLog()
  /** Leader of each term, from `leader-elected`; the first one counts. */
  readonly leaders = new Map<number, number>()

  on(event: SimEvent, world: WorldView): void {
    switch (event.type) {
      case 'append-started':
      case 'appended-durable':
      case 'reset-started':
      case 'log-reset':
      case 'log-compacted':
      case 'crashed':
        this.logs.on(event)
        break
      case 'booted':
        this.committed.begin(event)
        break
      case 'committed':
        this.committed.on(event)
        break
      case 'applied':
        this.applied.on(event, world)
        break
      case 'leader-elected':
        if (!this.leaders.has(event.term)) this.leaders.set(event.term, event.member)
        break
      default:
        break
    }
  }

  /** `booted` replaces what is known of a log, so the checks of recovery look first. */
  after(event: SimEvent): void {
    if (event.type === 'booted') this.logs.on(event)
  }
}
