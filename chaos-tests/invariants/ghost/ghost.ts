// What an all-seeing bystander knows of a run. Invariants share one ghost; it hears of every event
// before they do.
import { AppliedLog } from './applied-log.ts'
import { CommittedLog } from './committed-log.ts'
import { LeaderPace } from './leader-pace.ts'
import { MemberLogs } from './member-logs.ts'
import { SettingsInForce } from './settings-in-force.ts'
import { SignsOfLife } from './signs-of-life.ts'
import { SwarmMirrors } from './swarm-mirror.ts'
import type { SimEvent, WorldView } from '../../sim/observation.ts'

export class Ghost {
  readonly logs = new MemberLogs()
  readonly committed = new CommittedLog(this.logs)
  readonly applied = new AppliedLog()
  readonly swarm = new SwarmMirrors()
  readonly settings = new SettingsInForce()
  readonly signs = new SignsOfLife(this.applied, this.swarm, this.settings)
  readonly pace = new LeaderPace(this.committed)
  /** Leader of each term, from `leader-elected`; the first one counts. */
  readonly leaders = new Map<number, number>()

  on(event: SimEvent, world: WorldView): void {
    switch (event.type) {
      case 'append-started':
      case 'appended-durable':
      case 'reset-started':
      case 'log-reset':
      case 'log-compacted':
        this.logs.on(event)
        break
      case 'crashed':
        this.logs.on(event)
        this.swarm.forget(event.member)
        break
      case 'booted':
        this.committed.begin(event)
        break
      case 'committed':
        this.committed.on(event)
        this.pace.committed(event, this.leaders, world)
        break
      case 'applied':
        this.applied.on(event, world)
        this.swarm.on(event, world)
        if (this.swarm.isFresh) this.settings.on(event)
        this.signs.on(event)
        this.pace.applied(event, this.leaders, world)
        break
      case 'image-installed':
        this.swarm.forget(event.member)
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
