// Design 4.8, R-22.1: replicas that have applied the same entries have the same state, byte for
// byte: at one index there is one digest, after a replay and after an image as well.
import { equalBytes, toHex } from '../../base/index.ts'
import { require } from './require.ts'
import type { Observer } from '../sim/observation.ts'

const name = 'digests-equal'

export function digestsEqual(): Observer {
  const digests = new Map<number, { readonly digest: Uint8Array; readonly member: number }>()
  const note = (index: number, digest: Uint8Array, member: number): void => {
    const known = digests.get(index)
    if (known === undefined) digests.set(index, { digest, member })
    else {
      require(equalBytes(known.digest, digest), name, () =>
        `after ${index} ${member} has ${toHex(digest)}, ${known.member} has ${toHex(known.digest)}`)
    }
  }
  return {
    name,
    section: 'design 4.8, R-22.1',
    types: ['applied', 'image-installed'],
    on(event) {
      if (event.type === 'applied' && event.digest !== undefined) {
        note(event.entry.index, event.digest, event.member)
      } else if (event.type === 'image-installed') {
        note(event.mark.index, event.digest, event.member)
      }
    },
    atEnd(world) {
      for (const id of world.ids) {
        const member = world.member(id)
        const digest = member.digest()
        if (member.isRunning && digest !== undefined) note(member.appliedIndex(), digest, id)
      }
    },
  }
}
