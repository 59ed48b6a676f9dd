// The three steps of an install on one disk: the log is told, the state is replaced, the log begins
// anew. Whatever operation the power fails at, the replica starts again with a state and a log that
// fit, and has neither lost nor invented anything.
import { describe, expect, test } from 'vitest'
import { nullLogger, Prng, utf8Decode, utf8Encode } from '../../base/index.ts'
import { DiskSimulator } from '../../chaos-tests/sim/disk-simulator.ts'
import type { PowerCut } from '../../chaos-tests/sim/disk-simulator.ts'
import type { Entry, LogContents } from '../../raft/index.ts'
import { buildDatabase, makeCurrent } from '../state/replacement.ts'
import { databaseName, readPointer, writePointer } from '../state/pointer.ts'
import { createWriteAheadLog, openWriteAheadLog } from '../wal/open-log.ts'
import type { OpenedLog } from '../wal/open-log.ts'

const identity = { clusterId: 'c1'.repeat(16), replicaId: 1, incarnation: 'a1'.repeat(16) }
const stateDirectory = '/state'
const random = new Prng('install')
const limits = { segmentBytes: 4096, preallocateBytes: 512, reserveBytes: 512 }

const entry = (index: number, term: number): Entry => ({
  index,
  term,
  type: 'command',
  stampMs: index,
  data: new Uint8Array(200).fill(index),
})

const range = (from: number, to: number, term: number): Entry[] =>
  Array.from({ length: to - from + 1 }, (_, i) => entry(from + i, term))

/** A state that says which entry it shows: one file in place of a database. */
async function writeState(disk: DiskSimulator, path: string, index: number): Promise<void> {
  await disk.makeDirectory(path)
  const file = await disk.open(`${path}/index`, 'create')
  await file.write(0, [utf8Encode(String(index))])
  await file.sync()
  await file.close()
}

async function stateIndex(disk: DiskSimulator): Promise<number> {
  const { directory } = await readPointer(disk, stateDirectory)
  const bytes = await disk.readFile(`${stateDirectory}/${directory}/index`, 64)
  return Number(utf8Decode(bytes))
}

function openLog(disk: DiskSimulator, durableIndex: number): Promise<OpenedLog> {
  return openWriteAheadLog(
    { disk, logger: nullLogger },
    { directory: '/raft', identity, durableIndex, ...limits },
  )
}

/** Entries 1 … `lastIndex`, of which 3 are committed and applied. */
async function createReplica(seed: string, lastIndex: number): Promise<DiskSimulator> {
  const disk = new DiskSimulator({ random: new Prng(seed) }, { delayTurnsMax: 6 })
  const name = databaseName(0, random)
  await disk.makeDirectory(stateDirectory)
  await writeState(disk, `${stateDirectory}/${name}`, 3)
  await disk.syncDirectory(`${stateDirectory}/${name}`)
  await disk.syncDirectory(stateDirectory)
  await writePointer(disk, stateDirectory, { directory: name, index: 0, term: 0 })
  await createWriteAheadLog({ disk, logger: nullLogger }, { directory: '/raft', identity })
  await disk.syncDirectory('/')
  const { log } = await openLog(disk, 0)
  const hardState = { term: 2, votedFor: 2, commit: 3 }
  for (let from = 1; from <= lastIndex; from += 12) {
    const entries = range(from, Math.min(lastIndex, from + 11), 1)
    await log.append({ entries, hardState: { ...hardState, commit: 0 }, sync: true })
  }
  await log.append({ entries: [], hardState, sync: true })
  await log.close()
  return disk
}

const mark = { index: 40, term: 2 }
const after = { term: 3, votedFor: 0, commit: 40 }

/** What the replica does with an image, and with the entries that follow it. */
async function install(disk: DiskSimulator): Promise<void> {
  const before = await readPointer(disk, stateDirectory)
  const { log } = await openLog(disk, 3)
  await log.announceImage(mark)
  const place = { stateDirectory, index: mark.index }
  const built = await buildDatabase({ disk, random }, place, (path) =>
    writeState(disk, path, mark.index),
  )
  await makeCurrent(disk, stateDirectory, { built, origin: mark })
  await disk.removeTree(`${stateDirectory}/${before.directory}`)
  await log.reset(mark, after)
  await log.append({ entries: range(41, 42, 3), hardState: after, sync: true })
  await log.close()
}

/** Says in a word where the replica stands, and fails when it stands nowhere. */
function judge({ hardState, compacted, entries }: LogContents, lastIndex: number): string {
  if (compacted.index === 0) {
    expect(entries).toHaveLength(lastIndex)
    expect(hardState).toEqual({ term: 2, votedFor: 2, commit: 3 })
    return 'before'
  }
  expect(compacted).toEqual(mark)
  expect(hardState.commit).toBe(40)
  // A crash in between leaves the term to the mark, and the vote to nobody new.
  expect([2, 3]).toContain(hardState.term)
  expect(hardState.votedFor).toBe(hardState.term === 2 ? 2 : 0)
  return entries.length === 0 ? 'installed' : 'after'
}

describe('R-2.2 R-13.1 R-16.3 R-19.2 B07 B17 B18 J06 J07 an image installed on a disk that loses power', () => {
  for (const cut of ['lose', 'tear', 'keep'] as const satisfies readonly PowerCut[]) {
    // The log is shorter than the image, or has more that was never committed.
    for (const lastIndex of [8, 60]) {
      test(`log of ${lastIndex} entries, power cut: ${cut}`, async () => {
        const whole = await createReplica('whole', lastIndex)
        const created = whole.operationCount
        await install(whole)
        const seen: string[] = []
        for (let at = created + 1; at <= whole.operationCount; at += 1) {
          const disk = await createReplica(`${at} ${cut}`, lastIndex)
          disk.powerOffAt(disk.operationCount + at - created)
          await install(disk).catch(() => undefined)
          disk.powerOn(cut)
          // The power fails once more while what was left undone is done.
          disk.powerOffAt(disk.operationCount + 1 + (at % 12))
          await openLog(disk, await stateIndex(disk)).catch(() => undefined)
          disk.powerOn(cut)
          const index = await stateIndex(disk)
          const { log, contents } = await openLog(disk, index)
          const where = judge(contents, lastIndex)
          expect({ at, index }).toEqual({ at, index: where === 'before' ? 3 : 40 })
          await log.close()
          const again = await openLog(disk, index)
          expect(judge(again.contents, lastIndex)).toBe(where)
          await again.log.close()
          if (seen.at(-1) !== where) seen.push(where)
        }
        expect(seen).toEqual(['before', 'installed', 'after'])
      })
    }
  }
})
