// A log as members wrote it, byte for byte, and the digests it led to. Members of two versions
// apply the same log: if this test fails, they would part. What changes how a command is applied
// needs a feature or a new kind version (design 4.14); a log with new kinds is stored beside the
// old ones, which are never written again. A line is an entry: term, type, stamp, data in hex.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { fromHex, toHex } from '../../../base/index.ts'
import { decodeBatch } from '../batch.ts'
import { newState } from './scheduler-fixture.suite.ts'
import type { Entry } from '../../../raft/index.ts'
import type { CommandReport } from '../frame.ts'
import type { ReplicatedState } from '../replicated-state.ts'

const entries = readFileSync(new URL('testdata/log-1.txt', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line, at): Entry => {
    const [term, type, stampMs, hex] = line.split(' ')
    const data = fromHex(hex!)!
    return {
      index: at + 1,
      term: Number(term),
      type: type as Entry['type'],
      stampMs: Number(stampMs),
      data,
    }
  })

/** Digest of the state after the entry of this index. */
const digests: readonly (readonly [number, string])[] = [
  [1, '4c352f4b2bd0995d05d5ba2b707f4a58'],
  [17, '4af8e7ed2725fedfb5a9d7e3d6d34b35'],
  [33, '5043a3df90f6327e5cf0bfd5cbabf7aa'],
  [49, '26bfa2fc00cfb08904e96cbf24a5876b'],
  [65, '2a5d28656c3fb18fea55cb38759a36e5'],
  [81, '561146f866f95eaf8d6c322515ae21d2'],
  [97, 'fb865fd3913b675e49cb942864b86a75'],
  [113, 'a06f7b33456b533145e33a0e84a778bb'],
  [127, '5e6c57d8dd73b32a2f8158ddddf0b93a'],
]

function reload(state: ReplicatedState): ReplicatedState {
  const again = newState()
  for (const [key, value] of state.take()?.writes.puts ?? []) again.load(key, value)
  again.loaded()
  return again
}

describe('a stored log', () => {
  it('leads to the digests it led to when it was written', () => {
    const state = newState()
    const found = entries.flatMap((entry) => {
      state.apply([entry])
      const isMarked = entry.index % 16 === 1 || entry.index === entries.length
      return isMarked ? [[entry.index, toHex(state.digest())]] : []
    })
    expect(found).toEqual(digests)
  })

  it('leads to them in one piece, and from rows that were stored on the way', () => {
    for (const [index, digest] of digests) {
      const state = newState()
      state.apply(entries.slice(0, index))
      expect(toHex(state.digest())).toBe(digest)
      const restarted = reload(state)
      expect([restarted.appliedIndex, toHex(restarted.digest())]).toEqual([index, digest])
      restarted.apply(entries.slice(index))
      expect(toHex(restarted.digest())).toBe(digests.at(-1)![1])
    }
  })

  it('holds every command there was when it was written, each with success', () => {
    const state = newState()
    const done = new Set<string>()
    const refused = new Set<string>()
    const reports = state.apply(entries)
    for (const [at, { data }] of entries.entries()) {
      const decoded = decodeBatch(data)
      if (!decoded.ok) continue
      for (const [ordinal, { kind, kindVersion }] of decoded.batch.commands.entries()) {
        const { outcome } = (reports[at] as readonly CommandReport[])[ordinal]!
        if (!outcome.ok) refused.add(outcome.reason)
        else if ((outcome.result as { ok: boolean }).ok) done.add(`${kind}.${kindVersion}`)
      }
    }
    const known: string[] = []
    for (let kind = 1; kind <= 65_535; kind += 1) {
      // Those of members that come and go are younger.
      if (kind > 5 && kind < 100) continue
      for (let version = 1; version <= 8; version += 1) {
        if (state.registry.command(kind, version) !== undefined) known.push(`${kind}.${version}`)
      }
    }
    expect(known.length).toBeGreaterThan(19)
    expect([...done].toSorted()).toEqual(known.toSorted())
    expect([...refused].toSorted()).toEqual(['expired', 'gap', 'malformed', 'session-closed'])
  })
})
