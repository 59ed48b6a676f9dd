// Paper, figure 3, "State Machine Safety" (section 5.4.3): what one replica applied or committed at
// an index, every replica does, in order and without gaps, and only what is committed and on its
// own disk (design 4.7).
import { require } from './require.ts'
import { sameEntry } from './log-matching.ts'
import type { Ghost } from './ghost/ghost.ts'
import type { Observer, SimEventOf, WorldView } from '../sim/observation.ts'

const name = 'state-machine-safety'

export function stateMachineSafety(ghost: Ghost): Observer {
  const applied = new Map<number, number>()
  const committed = new Map<number, number>()

  const onApplied = ({ member, entry }: SimEventOf<'applied'>): void => {
    const { index } = entry
    const before = applied.get(member)
    require(before === undefined || index === before + 1, name, () =>
      `${member} applied ${index} after ${before}`)
    applied.set(member, index)
    const agreed = ghost.committed.at(index)
    require(agreed !== undefined, name, () => `${member} applied ${index}, which nobody committed`)
    require(sameEntry(agreed.entry, entry), name, () =>
      `${member} applied another entry ${index} (term ${entry.term}, not ${agreed.entry.term})`)
    const { durable } = ghost.logs.of(member)
    require(index <= durable.compacted.index || durable.termAt(index) === entry.term, name, () =>
      `${member} applied ${index} before it was on its disk`)
  }

  const onCommitted = ({ member, index }: SimEventOf<'committed'>, world: WorldView): void => {
    const { missing } = ghost.committed
    require(missing === 0, name, () => `${member} committed ${missing}, which it does not hold`)
    const { started } = ghost.logs.of(member)
    const from = Math.max(committed.get(member) ?? 0, started.compacted.index)
    for (let next = from + 1; next <= index; next += 1) {
      const term = started.termAt(next)
      const expected = ghost.committed.at(next)!.entry.term
      // While an image is installed, the core goes on after it and the disk has the old log yet.
      const isReplaced = (): boolean => {
        const status = world.member(member).status()
        return status !== undefined && status.stableIndex < status.compacted.index
      }
      require(term === undefined || term === expected || isReplaced(), name, () =>
        `${member} committed ${next} of term ${term}, others of term ${expected}`)
    }
    committed.set(member, index)
  }

  return {
    name,
    section: 'paper 5.4.3',
    types: ['applied', 'committed', 'booted', 'image-installed'],
    on(event, world) {
      if (event.type === 'applied') onApplied(event)
      else if (event.type === 'committed') onCommitted(event, world)
      else if (event.type === 'booted') {
        applied.set(event.member, event.appliedIndex)
        committed.delete(event.member)
      } else if (event.type === 'image-installed') {
        applied.set(event.member, event.mark.index)
        const { index, term } = event.mark
        const agreed = ghost.committed.at(index)
        require(agreed?.entry.term === term, name, () =>
          `${event.member} installed an image at ${index} of term ${term}, which nobody committed`)
      }
    },
  }
}
