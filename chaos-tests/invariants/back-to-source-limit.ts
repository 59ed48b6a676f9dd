// Design 7: a task counts exactly the places that its peers take at the source, and nobody is sent
// there beyond the limit, whoever leads. Who goes without having been sent is counted all the same.
import { FieldReader, startDownload } from '../../scheduler/replication/index.ts'
import { require } from './require.ts'
import type { PeerRow } from '../../scheduler/replication/index.ts'
import type { AppliedCommand } from './ghost/applied-log.ts'
import type { Ghost } from './ghost/ghost.ts'
import type { Observer, SimEventOf } from '../sim/observation.ts'

const name = 'back-to-source-limit'

export function backToSourceLimited(ghost: Ghost): Observer {
  const checkSent = ({ entry, member }: SimEventOf<'applied'>, limitMax: number): void => {
    const mirror = ghost.swarm.of(member)
    for (const peer of mirror.sentToSource) {
      const count = mirror.tasks.get(peer.taskId)?.backToSourceCount ?? 0
      const isUnasked = ghost.applied.fresh.some((command) => goesUnasked(command, peer))
      require(count <= limitMax || isUnasked, name, () =>
        `at ${entry.index} ${peer.peerId} is sent to the source of ${peer.taskId} as number ` +
        `${count}, the limit is ${limitMax}`)
    }
  }

  return {
    name,
    section: 'design 7, reference scheduler 5.1',
    types: ['applied'],
    on(event) {
      if (event.type !== 'applied') return
      const mirror = ghost.swarm.of(event.member)
      for (const id of mirror.touchedTasks) {
        const count = mirror.tasks.get(id)?.backToSourceCount ?? 0
        const places = mirror.sourcePeers.get(id) ?? 0
        require(count === places, name, () =>
          `after ${event.entry.index} at ${event.member} ${id} counts ${count} places at the ` +
          `source, its peers take ${places}`)
      }
      if (!ghost.swarm.isFresh) return
      const { before, now } = ghost.settings
      checkSent(event, Math.max(before.backToSourceCount, now.backToSourceCount))
    },
  }
}

function goesUnasked({ kind, body }: AppliedCommand, { taskId, peerId }: PeerRow): boolean {
  if (kind !== startDownload.kind) return false
  const started = startDownload.decode(new FieldReader(body))
  return started.taskId === taskId && started.peerId === peerId
}
