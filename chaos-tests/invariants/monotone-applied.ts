// Paper, figure 2, R-18.1: what a replica shows never goes back while it lives, and after a crash
// not behind what it had made durable, unless that was taken from it.
import { require } from './require.ts'
import type { Observer } from '../sim/observation.ts'

const name = 'monotone-applied'

export function monotoneApplied(): Observer {
  const applied = new Map<number, number>()
  /** Where each member's stored state stood at its last boot or image. */
  const stored = new Map<number, number>()
  return {
    name,
    section: 'paper figure 2, R-18.1',
    types: ['applied', 'image-installed', 'booted'],
    on(event, world) {
      if (event.type === 'booted') {
        const { member, appliedIndex } = event
        const before = stored.get(member) ?? 0
        const isExcused = world.member(member).injectedCause !== undefined
        require(appliedIndex >= before || isExcused, name, () =>
          `${member} starts at ${appliedIndex}, its stored state stood at ${before}`)
        stored.set(member, appliedIndex)
        applied.set(member, appliedIndex)
      } else if (event.type === 'applied' || event.type === 'image-installed') {
        const { member } = event
        const index = event.type === 'applied' ? event.entry.index : event.mark.index
        const before = applied.get(member) ?? 0
        require(index > before, name, () => `${member} shows ${index} after ${before}`)
        applied.set(member, index)
        if (event.type === 'image-installed') stored.set(member, index)
      }
    },
  }
}
