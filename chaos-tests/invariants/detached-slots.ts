// Design 7: the edges of a peer whose stream is gone, with its session or with its member, are held
// for the grace period of 30 s and no longer, so that nobody's slots are lost to the dead.
import { require } from './require.ts'
import { excuse, sweepMs } from './dead-hosts-go.ts'
import { keyOf } from './ghost/swarm-mirror.ts'
import type { Ghost } from './ghost/ghost.ts'
import type { SwarmMirror } from './ghost/swarm-mirror.ts'
import type { Observer } from '../sim/observation.ts'

const name = 'detached-slots'

/** Cluster time for which edges outlive the attachment of their child, ms. */
const graceMs = 30_000

/** Cluster time after which a silent member's session is closed, ms. */
const silenceMs = 5000

interface Loss {
  readonly sinceMs: number
  /** The session is still open: its member is dead, and the leader has to find out. */
  readonly isSilence: boolean
}

export function detachedSlots(ghost: Ghost): Observer {
  const losses = new Map<string, Loss>()
  /** Cluster time at which the process of a member ended, for those that are down. */
  const downSince = new Map<number, number>()
  const closedAt = new Map<number, number>()

  const lossOf = (mirror: SwarmMirror, sessionId: number, nowMs: number): Loss | undefined => {
    if (sessionId === 0) return { sinceMs: nowMs, isSilence: false }
    const session = mirror.sessions.get(sessionId)
    if (session === undefined) {
      return { sinceMs: closedAt.get(sessionId) ?? nowMs, isSilence: false }
    }
    const sinceMs = downSince.get(session.replicaId)
    return sinceMs === undefined ? undefined : { sinceMs, isSilence: true }
  }

  return {
    name,
    section: 'design 7: attachment',
    types: ['applied', 'crashed', 'booted'],
    on(event, world) {
      if (event.type === 'crashed') downSince.set(event.member, ghost.swarm.clockMs)
      else if (event.type === 'booted') downSince.delete(event.member)
      if (event.type !== 'applied' || !ghost.swarm.isFresh) return
      const { stampMs, entry, member } = event
      for (const each of event.events) {
        if (each.type !== 'session-closed') continue
        closedAt.set((each as unknown as { readonly sessionId: number }).sessionId, stampMs)
      }
      const mirror = ghost.swarm.of(member)
      const held = new Set<string>()
      for (const { taskId, childId } of mirror.edges.values()) held.add(keyOf(taskId, childId))
      for (const key of losses.keys()) if (!held.has(key)) losses.delete(key)
      const readyMs = ghost.pace.readyMs(entry.term)
      for (const key of held) {
        const child = mirror.peers.get(key)
        const found = lossOf(mirror, child?.ownerSessionId ?? 0, stampMs)
        if (found === undefined) {
          losses.delete(key)
          continue
        }
        const known = losses.get(key)
        const loss = known === undefined || known.isSilence !== found.isSilence ? found : known
        losses.set(key, loss)
        if (readyMs === undefined) continue
        // A new leader has to notice the silence by itself, at the end of an election timeout.
        const noticedMs = loss.isSilence
          ? Math.max(loss.sinceMs, readyMs) + world.electionMs + silenceMs
          : loss.sinceMs
        const dueMs = Math.max(noticedMs + graceMs, readyMs) + sweepMs
        if (stampMs <= dueMs) continue
        const excuseMs = excuse(ghost, { nowMs: stampMs, term: entry.term }, world)
        require(stampMs <= dueMs + excuseMs, name, () =>
          `${key.replace('\n', '/')} has parents at ${stampMs} and no stream since ` +
          `${loss.sinceMs} (${loss.isSilence ? 'its member is dead' : 'detached'})`)
      }
    },
  }
}
