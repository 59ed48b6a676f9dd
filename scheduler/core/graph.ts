// The graph of who serves whom must stay without cycles: an edge parent -> child is refused when
// the parent is the child itself or one of its descendants.
import { assert } from '../../base/index.ts'

/** Lists the children of a peer, at most `limit` of them, in a stored order. */
export type ChildrenOf = (peerId: string, limit: number) => readonly string[]

/**
 * The descendants of a peer, without itself; undefined when there are more than `visitsMax` edges
 * below it. Then only a peer without parents is known not to be one of them.
 */
export function descendantsOf(
  peerId: string,
  childrenOf: ChildrenOf,
  visitsMax: number,
): ReadonlySet<string> | undefined {
  assert(visitsMax >= 0, 'a visit limit is not negative')
  const found = new Set<string>()
  const pending = [peerId]
  let visits = 0
  for (;;) {
    const next = pending.pop()
    if (next === undefined) return found
    for (const child of childrenOf(next, visitsMax - visits + 1)) {
      visits += 1
      if (visits > visitsMax) return undefined
      if (found.has(child)) continue
      assert(child !== peerId, 'the graph has no cycle')
      found.add(child)
      pending.push(child)
    }
  }
}
