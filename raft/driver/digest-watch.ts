// A leader's comparison of replica digests (design 4.8): equal logs must make equal states. Who is
// outvoted is only reported here; what follows is the owner's decision.
import { toHex } from '../../base/index.ts'
import { isVoter, membersOf } from '../core/configuration.ts'
import type { Configuration } from '../core/configuration.ts'
import type { DigestMark } from '../core/message.ts'
import { hasQuorum } from '../core/quorum.ts'
import { digestIndexesMax } from './limits.ts'
import type { DigestMismatch } from './outcomes.ts'

interface Marks {
  readonly digests: Map<number, string>
  readonly reported: Set<number>
  isSplitReported: boolean
}

/** Collects marks by index and tells disagreements once each. */
export class DigestWatch {
  readonly #indexes = new Map<number, Marks>()

  /** Forgets everything; called when leadership changes. */
  reset(): void {
    this.#indexes.clear()
  }

  /** Notes the mark of one member; a mismatch when one shows that was not told before. */
  report(id: number, mark: DigestMark, configuration: Configuration): DigestMismatch | undefined {
    if (mark.index === 0) return undefined
    const marks = this.#marksOf(mark.index)
    if (marks === undefined || marks.digests.has(id)) return undefined
    marks.digests.set(id, toHex(mark.digest))
    return judge(mark.index, marks, configuration)
  }

  #marksOf(index: number): Marks | undefined {
    const known = this.#indexes.get(index)
    if (known !== undefined) return known
    if (this.#indexes.size >= digestIndexesMax) {
      const oldest = Math.min(...this.#indexes.keys())
      if (index < oldest) return undefined
      this.#indexes.delete(oldest)
    }
    const marks: Marks = { digests: new Map(), reported: new Set(), isSplitReported: false }
    this.#indexes.set(index, marks)
    return marks
  }
}

function judge(
  index: number,
  marks: Marks,
  configuration: Configuration,
): DigestMismatch | undefined {
  const { digests } = marks
  const isShared = (digest: string): boolean =>
    hasQuorum(configuration, (id) => digests.get(id) === digest)
  const winner = [...new Set(digests.values())].find(isShared)
  if (winner === undefined) {
    // As long as a voter is silent, it may still make a majority.
    const isWhole = membersOf(configuration).every(
      (id) => !isVoter(configuration, id) || digests.has(id),
    )
    if (!isWhole || marks.isSplitReported) return undefined
    marks.isSplitReported = true
    return { index, outvoted: [], hasMajority: false }
  }
  const outvoted = [...digests]
    .filter(([id, digest]) => digest !== winner && !marks.reported.has(id))
    .map(([id]) => id)
    .sort((a, b) => a - b)
  if (outvoted.length === 0) return undefined
  for (const id of outvoted) marks.reported.add(id)
  return { index, outvoted, hasMajority: true }
}
