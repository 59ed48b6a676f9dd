// Logs as members wrote them, byte for byte, and the digests they led to. Members of two versions
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
import type { MembershipResult } from '../membership.ts'
import type { EntryResult, ReplicatedState } from '../replicated-state.ts'

interface StoredLog {
  readonly entries: readonly Entry[]
  /** Digest of the state after the entry of this index. */
  readonly digests: readonly (readonly [number, string])[]
  /** Reasons for which commands of it are refused. */
  readonly refusals: readonly string[]
}

function read(name: string): readonly Entry[] {
  const text = readFileSync(new URL(`testdata/${name}`, import.meta.url), 'utf8')
  return text
    .trimEnd()
    .split('\n')
    .map((line, at): Entry => {
      const [term, type, stampMs, hex] = line.split(' ')
      return {
        index: at + 1,
        term: Number(term),
        type: type as Entry['type'],
        stampMs: Number(stampMs),
        data: fromHex(hex!)!,
      }
    })
}

const logs: Readonly<Record<string, StoredLog>> = {
  'log-1.txt: hosts, tasks and peers': {
    entries: read('log-1.txt'),
    digests: [
      [1, '4c352f4b2bd0995d05d5ba2b707f4a58'],
      [17, '9de4640bae450736c1e84c79803ee5f4'],
      [33, '23183d6dc3982704613d9f834c30305d'],
      [49, '7df42d69d101b8304ab0c1e0bac3a9b7'],
      [65, 'c16ad080ba966613f8cd2f20d75b72e1'],
      [81, '6a209fdca75453139bc75d253c8b6c69'],
      [97, '10c503f9833b7d03cf723ac948b9f17e'],
      [113, '5548e05cf010ea3de0154691c53a626f'],
      [127, 'db2768a2b33e6d15d29524cbfaebc558'],
    ],
    refusals: ['expired', 'gap', 'malformed', 'session-closed'],
  },
  'log-2.txt: members that come and go': {
    entries: read('log-2.txt'),
    digests: [
      [1, '3a77dd37b89a84e180c56eb5b196f69d'],
      [17, '92eb47bbdbfd423cc38c6da0e32a5fb5'],
      [33, 'f2ddf2b5010449228a5b5b3a606cce09'],
      [39, '914fc9d8aa22d467ec7ac644b29f0751'],
    ],
    refusals: [],
  },
  'log-3.txt: settings that change': {
    entries: read('log-3.txt'),
    digests: [
      [1, '27e2e4ae8c80fe056bb144ca36ed6f3b'],
      [17, '5e4b8467bec30d2fd64f04b522ed2bc6'],
      [33, '7a02acd08fedb3c443766be9ebc052e9'],
      [49, '66deb55b2b9eb9900dfecce9616d4b5c'],
      [65, 'df9df7797617702418f3fc2b22383626'],
      [81, 'a12d1244a422e52ba0a8f4222a56ce33'],
      [97, '1b9413f7f99ce26ca2839359b1ada636'],
      [102, 'ccf62ef57700a97c035452fb7faa9081'],
    ],
    refusals: [],
  },
}

function reload(state: ReplicatedState): ReplicatedState {
  const again = newState()
  for (const [key, value] of state.take()?.writes.puts ?? []) again.load(key, value)
  again.loaded()
  return again
}

/** Kinds and versions with at least one success, and why others were refused. */
function commandsOf(
  entries: readonly Entry[],
  results: readonly EntryResult[],
): { readonly done: ReadonlySet<string>; readonly refused: ReadonlySet<string> } {
  const done = new Set<string>()
  const refused = new Set<string>()
  for (const [at, { type, data }] of entries.entries()) {
    if (type === 'config') {
      const result = results[at] as MembershipResult
      if (!result.ok) refused.add(result.reason)
    }
    const decoded = decodeBatch(data)
    if (!decoded.ok) continue
    for (const [ordinal, { kind, kindVersion }] of decoded.batch.commands.entries()) {
      const { outcome } = (results[at] as readonly CommandReport[])[ordinal]!
      if (!outcome.ok) refused.add(outcome.reason)
      else if ((outcome.result as { ok: boolean }).ok) done.add(`${kind}.${kindVersion}`)
    }
  }
  return { done, refused }
}

describe.each(Object.entries(logs))('the stored %s', (_name, { entries, digests, refusals }) => {
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

  it('holds commands that are refused as then', () => {
    const { refused } = commandsOf(entries, newState().apply(entries))
    expect([...refused].toSorted()).toEqual(refusals)
  })
})

it('together they hold every command this program knows, each with success', () => {
  const done = new Set<string>()
  for (const { entries } of Object.values(logs)) {
    const found = commandsOf(entries, newState().apply(entries))
    for (const command of found.done) done.add(command)
  }
  const { registry } = newState()
  const known: string[] = []
  for (let kind = 1; kind <= 65_535; kind += 1) {
    for (let version = 1; version <= 8; version += 1) {
      if (registry.command(kind, version) !== undefined) known.push(`${kind}.${version}`)
    }
  }
  expect(known.length).toBeGreaterThan(29)
  expect([...done].toSorted()).toEqual(known.toSorted())
})
