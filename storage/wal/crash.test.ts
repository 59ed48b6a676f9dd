// The log on a disk whose power fails at every single operation: what is read back is always some
// prefix of what was written, and never less than what was acknowledged.
import { describe, expect, test } from 'vitest'
import { nullLogger, Prng } from '../../base/index.ts'
import { DiskSimulator } from '../../chaos-tests/sim/disk-simulator.ts'
import type { PowerCut } from '../../chaos-tests/sim/disk-simulator.ts'
import type { Entry, HardState, LogContents, LogGroup, LogMark } from '../../raft/index.ts'
import { createWriteAheadLog, openWriteAheadLog } from './open-log.ts'
import type { OpenedLog } from './open-log.ts'

const identity = { clusterId: 'c1'.repeat(16), replicaId: 1, incarnation: 'a1'.repeat(16) }
/** `kill`: the process dies and the system stays, so that unsynced writes are read back. */
const cuts: readonly (PowerCut | 'kill')[] = ['lose', 'tear', 'keep', 'kill']
const limits = {
  segmentBytes: 2048,
  preallocateBytes: 1024,
  reserveBytes: 512,
  witnessSyncInterval: 3,
}

const entry = (index: number, term: number, bytes: number): Entry => ({
  index,
  term,
  type: index === 1 ? 'config' : 'command',
  stampMs: index,
  // Odd ones hold whole sectors of zeros, which look like sectors that were never written.
  data: new Uint8Array(bytes).fill(index % 2 === 0 ? index : 0),
})

const group = (entries: readonly Entry[], hardState: HardState, sync = true): LogGroup => ({
  entries,
  hardState,
  sync,
})

/** What becomes durable in order, each as a whole. */
type Step =
  | { readonly kind: 'append'; readonly group: LogGroup }
  | { readonly kind: 'announce'; readonly mark: LogMark }
  | { readonly kind: 'reset'; readonly mark: LogMark; readonly hardState: HardState }

/** The work under test: steps in order, compaction marks, and what may overlap. */
type Act =
  | Step
  | { readonly kind: 'compact'; readonly index: number; readonly term: number }
  /** Waits for everything before. */
  | { readonly kind: 'wait' }

function workload(random: Prng): readonly Act[] {
  const acts: Act[] = []
  let lastIndex = 0
  let hardState: HardState = { term: 1, votedFor: 0, commit: 0 }
  let compacted = 0
  const terms: number[] = [0]
  for (let n = 0; n < 24; n += 1) {
    const entries: Entry[] = []
    if (random.ratio(1, 5)) {
      hardState = { ...hardState, term: hardState.term + 1, votedFor: 1 + random.below(3) }
      if (random.ratio(1, 2)) lastIndex -= random.below(lastIndex - hardState.commit + 1)
    }
    const isCommitOnly = random.ratio(1, 5)
    const count = isCommitOnly ? 0 : random.below(4)
    for (let k = 0; k < count; k += 1) {
      lastIndex += 1
      terms[lastIndex] = hardState.term
      const bytes = [0, 5, 40, 200, 1600][random.below(5)]!
      entries.push(entry(lastIndex, hardState.term, bytes))
    }
    const commit = hardState.commit + random.below(lastIndex - hardState.commit + 1)
    hardState = { ...hardState, commit }
    const isSync = !isCommitOnly && !random.ratio(1, 8)
    acts.push({ kind: 'append', group: group(entries, hardState, isSync) })
    if (random.ratio(1, 6) && commit > compacted) {
      compacted = commit
      acts.push({ kind: 'compact', index: compacted, term: terms[compacted]! })
    }
    if (random.ratio(1, 2)) acts.push({ kind: 'wait' })
    if (random.ratio(1, 6)) {
      const mark = { index: commit + 1 + random.below(5), term: hardState.term }
      acts.push({ kind: 'announce', mark })
      // Otherwise the image never became the state, and the log goes on as it was.
      if (random.ratio(3, 4)) {
        hardState = { ...hardState, commit: mark.index }
        acts.push({ kind: 'reset', mark, hardState })
        lastIndex = mark.index
        compacted = mark.index
        terms[mark.index] = mark.term
      }
    }
  }
  return acts
}

const plain = (entries: readonly Entry[]) =>
  entries.map(({ data, ...rest }) => ({ ...rest, data: Buffer.from(data).toString('hex') }))

/** What the log holds after the first `count` steps; `base` is what its entries follow. */
function contentsAfter(steps: readonly Step[], count: number) {
  let base: LogMark = { index: 0, term: 0 }
  let entries: Entry[] = []
  let hardState: HardState = { term: 0, votedFor: 0, commit: 0 }
  let announced: LogMark | undefined
  for (const step of steps.slice(0, count)) {
    if (step.kind === 'announce') {
      announced = step.mark
      continue
    }
    if (step.kind === 'reset') {
      base = step.mark
      entries = []
      hardState = step.hardState
      announced = undefined
      continue
    }
    const first = step.group.entries[0]
    if (first !== undefined) {
      entries = [...entries.slice(0, first.index - 1 - base.index), ...step.group.entries]
      announced = undefined
    }
    hardState = step.group.hardState
  }
  return { base, entries, hardState, announced }
}

const open = (disk: DiskSimulator): Promise<OpenedLog> =>
  openWriteAheadLog(
    { disk, logger: nullLogger },
    { directory: '/raft', identity, durableIndex: undefined, ...limits },
  )

interface Progress {
  /** Steps handed to the log, and how many of them are known to be durable. */
  readonly issued: Step[]
  durable: number
  compacted: number
}

/** Performs the acts until the end or the power cut. */
async function perform(acts: readonly Act[], disk: DiskSimulator, progress: Progress) {
  const { log } = await open(disk)
  const pending: Promise<unknown>[] = []
  for (const act of acts) {
    if (disk.isOff) break
    if (act.kind === 'wait') {
      await Promise.all(pending.splice(0))
      continue
    }
    if (act.kind !== 'compact') {
      const number = progress.issued.push(act)
      const isSynced = act.kind !== 'append' || act.group.sync
      if (act.kind === 'reset') progress.compacted = act.mark.index
      const taken = take(log, act).then(
        () => {
          if (isSynced) progress.durable = number
        },
        () => undefined,
      )
      pending.push(taken)
      continue
    }
    const { index, term } = act
    progress.compacted = index
    pending.push(log.compact(index, term).catch(() => undefined))
  }
  await Promise.all(pending)
  await log.close().catch(() => undefined)
}

function take(log: OpenedLog['log'], step: Step): Promise<void> {
  if (step.kind === 'append') return log.append(step.group)
  if (step.kind === 'announce') return log.announceImage(step.mark)
  return log.reset(step.mark, step.hardState)
}

/** The number of steps whose result `contents` is; -1 when it is the result of none. */
function prefixOf(contents: LogContents, progress: Progress): number {
  const { compacted, hardState } = contents
  const found = JSON.stringify([plain(contents.entries), contents.announced])
  for (let count = progress.issued.length; count >= 0; count -= 1) {
    const expected = contentsAfter(progress.issued, count)
    const skipped = compacted.index - expected.base.index
    if (skipped < 0 || expected.entries.length < skipped) continue
    const kept = JSON.stringify([plain(expected.entries.slice(skipped)), expected.announced])
    if (found !== kept) continue
    const { term, votedFor, commit } = expected.hardState
    if (hardState.term !== term || hardState.votedFor !== votedFor) continue
    if (hardState.commit === Math.max(commit, compacted.index)) return count
  }
  return -1
}

async function createDisk(seed: string): Promise<DiskSimulator> {
  const disk = new DiskSimulator({ random: new Prng(seed) }, { delayTurnsMax: 12 })
  await createWriteAheadLog({ disk, logger: nullLogger }, { directory: '/raft', identity })
  return disk
}

describe('R-1.1 R-2.1 R-2.2 R-13.1 R-16.3 B05 B06 B07 B15 B18 B19 a power cut at any operation', () => {
  for (const seed of ['one', 'two', 'three']) {
    test(`loses nothing that was acknowledged and invents nothing: workload ${seed}`, async () => {
      const acts = workload(new Prng(seed))
      const whole = await createDisk(seed)
      const created = whole.operationCount
      await perform(acts, whole, { issued: [], durable: 0, compacted: 0 })
      const total = whole.operationCount
      expect(total - created).toBeGreaterThan(60)
      expect(acts.some(({ kind }) => kind === 'reset')).toBe(true)
      let torn = 0
      for (let at = created + 1; at <= total; at += 1) {
        for (const cut of cuts) {
          const disk = await createDisk(`${seed} ${at} ${cut}`)
          const progress: Progress = { issued: [], durable: 0, compacted: 0 }
          disk.powerOffAt(at)
          await perform(acts, disk, progress).catch(() => undefined)
          if (cut === 'kill') disk.kill()
          else disk.powerOn(cut)
          // The power fails once more while the log is being opened, or right after it was.
          disk.powerOffAt(disk.operationCount + 1 + (at % 16))
          const first = await open(disk).catch(() => undefined)
          const relied = first === undefined ? 0 : prefixOf(first.contents, progress)
          disk.powerOn(at % 2 === 0 ? 'lose' : 'tear')
          const { log, contents } = await open(disk)
          if (disk.files().some((path) => path.includes('/cut/'))) torn += 1
          const count = prefixOf(contents, progress)
          const isEnough = count >= progress.durable && count >= relied
          expect({ at, cut, isEnough }).toEqual({ at, cut, isEnough: true })
          expect(contents.compacted.index).toBeLessThanOrEqual(progress.compacted)
          await continues(log, contents, disk)
        }
      }
      expect(torn).toBeGreaterThan(5)
    })
  }
})

/** The log takes more, and holds it after another power cut. */
async function continues(
  log: OpenedLog['log'],
  contents: LogContents,
  disk: DiskSimulator,
): Promise<void> {
  const term = contents.hardState.term + 1
  const index = contents.compacted.index + contents.entries.length + 1
  const more = [entry(index, term, 700), entry(index + 1, term, 30)]
  await log.append(group(more, { ...contents.hardState, term, votedFor: 3 }))
  disk.powerOn('lose')
  const again = await open(disk)
  expect(plain(again.contents.entries)).toEqual(plain([...contents.entries, ...more]))
  expect(again.contents.hardState).toEqual({ ...contents.hardState, term, votedFor: 3 })
  await again.log.close()
}
