import { createHash } from 'node:crypto'
import { cp, mkdtemp, readdir, readFile, rm, unlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { DiskError, isCoded, nullLogger, Prng, toHex, utf8Encode } from '../base/index.ts'
import type { Disk } from '../base/index.ts'
import { unfinishedInstall } from '../raft/index.ts'
import type { Entry, LogContents } from '../raft/index.ts'
import { FileDisk, SystemClock } from '../runtime/index.ts'
import { bootstrapInstance } from './bootstrap-instance.ts'
import { planBoot } from './boot.ts'
import type { BootCondition, BootFindings, BootPlan } from './boot.ts'
import { openDataDirectory } from './data-directory.ts'
import { lockDirectory } from './directory-lock.ts'
import { instanceIn, openInstance } from './instance.ts'
import type { Instance, OpenedInstance } from './instance.ts'
import { encodeSealedJson } from './sealed-json.ts'
import { openWriteAheadLog } from './wal/open-log.ts'
import { createLevelState, openLevelState } from './state/level-state-store.ts'
import type { StateStore } from './state/state-store.ts'

const disk = new FileDisk()
const deps = { disk, random: new Prng('boot'), logger: nullLogger }
const openState = (options: { readonly directory: string }) => openLevelState(deps, options)
const createState = (options: { readonly directory: string }) => createLevelState(deps, options)

const page = await readFile(new URL('../docs/boot.md', import.meta.url), 'utf8')

/** The table of the page: what it says for a part in a condition. */
function documented(part: string, condition: BootCondition): string {
  const rows = page.split('\n').map((line) => line.split('|').map((cell) => cell.trim()))
  const column = rows.find((cells) => cells[1] === 'finding')!.indexOf(condition)
  return rows.find((cells) => cells[1] === part)![column]!.replaceAll('`', '')
}

const inWords = (plan: BootPlan): string =>
  plan.action === 'refuse' ? `refuse ${plan.code}` : plan.action

const entry = (index: number): Entry => ({
  index,
  term: 1,
  type: index === 1 ? 'config' : 'command',
  stampMs: 0,
  data: new Uint8Array(600).fill(index),
})

const group = (first: number, last: number) => ({
  entries: Array.from({ length: last - first + 1 }, (_, i) => entry(first + i)),
  hardState: { term: 1, votedFor: 0, commit: first },
  sync: true,
})

let root = ''
let instance: Instance

const openDirectory = () => openDataDirectory({ ...deps, lockDirectory }, { root })

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'damselfly-boot-'))
  const directory = await openDirectory()
  instance = await bootstrapInstance(
    {
      directory,
      clock: new SystemClock(),
      logger: nullLogger,
      probe: async () => undefined,
      createState,
      firstGroup: () => group(1, 1),
    },
    { raftAddress: 'a:1', hostId: 's1', addresses: ['a:1'] },
  )
  await directory.close()
  const state = await openState({ directory: instance.stateDirectory })
  await state.write({ puts: [[utf8Encode('key'), utf8Encode('value')]], deletes: [] })
  await state.close()
})

afterEach(async () => {
  await rm(root, { recursive: true, force: true })
})

/**
 * What there is below the instance: every path with a hash of what it holds, and the state's rows.
 * LevelDB writes its own files anew whenever it is opened, which comparing it with the log takes:
 * of those only what they say counts.
 */
async function contents(): Promise<readonly (readonly [string, string])[]> {
  const { directory } = instance
  const items = await readdir(directory, { recursive: true, withFileTypes: true })
  const found: (readonly [string, string])[] = await stateRows()
  for (const item of items) {
    const path = join(item.parentPath, item.name)
    const name = relative(directory, path)
    if (/^state\/db-[^/]+\//.test(name)) continue
    const hash = createHash('sha256')
    const holds = item.isFile() ? hash.update(await readFile(path)).digest('hex') : 'folder'
    found.push([name, holds])
  }
  return found.toSorted(([x], [y]) => (x < y ? -1 : 1))
}

/** Rows of the state in hex, read from a copy. */
async function stateRows(): Promise<[string, string][]> {
  const copy = await mkdtemp(join(tmpdir(), 'damselfly-boot-state-'))
  const rows: [string, string][] = []
  try {
    await cp(instance.stateDirectory, copy, { recursive: true })
    const state = await openState({ directory: copy })
    await state.load((key, value) => void rows.push([`row ${toHex(key)}`, toHex(value)]))
    await state.close()
  } catch (error) {
    rows.push(['row', `none: ${(error as { code?: string }).code}`])
  }
  await rm(copy, { recursive: true })
  return rows
}

/** What a state says that has applied `durableIndex`, and one that was begun anew. */
const loadUpTo = (durableIndex: number) => async (state: StateStore) => {
  let rows = 0
  await state.load(() => void (rows += 1))
  return rows === 0 ? 0 : durableIndex
}

/** Boots as the process does; `durableIndex` is what its state says it has applied. */
async function boot(durableIndex: number, canRefetch = true): Promise<string> {
  const directory = await openDirectory()
  try {
    const found = await directory.find()
    if (found.kind === 'empty') return 'bootstrap'
    const opened = await openInstance({ ...deps, openState, createState }, found.instance, {
      loadState: loadUpTo(durableIndex),
      canRefetch,
      segmentBytes: 1024,
      reserveBytes: 0,
    })
    await opened.log.close()
    await opened.state.close()
    return opened.plan
  } catch (error) {
    if (!isCoded(error)) throw error
    return `refuse ${error.code}`
  } finally {
    await directory.close()
  }
}

/** Appends to the log of the instance, and compacts it up to `compacted`. */
async function write(first: number, last: number, compacted = 0): Promise<void> {
  const { log, state } = await openInstance({ ...deps, openState, createState }, instance, {
    loadState: async () => first - 1,
    segmentBytes: 1024,
    reserveBytes: 0,
  })
  for (let index = first; index <= last; index += 1) await log.append(group(index, index))
  if (compacted > 0) await log.compact(compacted, 1)
  await log.close()
  await state.close()
}

async function segments(): Promise<string[]> {
  const names = await disk.list(instance.raftDirectory)
  return names
    .filter((name) => name.endsWith('.wal'))
    .map((name) => join(instance.raftDirectory, name))
}

async function flip(path: string, offset: number): Promise<void> {
  const bytes = await readFile(path)
  bytes[offset]! ^= 1
  await writeFile(path, bytes)
}

const cells: readonly (readonly [
  part: 'identity' | 'log' | 'state',
  condition: BootCondition,
  arrange: () => Promise<number>,
])[] = [
  [
    'identity',
    'absent',
    async () => {
      await unlink(join(instance.directory, 'identity.json'))
      return 1
    },
  ],
  [
    'identity',
    'behind',
    async () => {
      await writeFile(join(instance.directory, 'FORMAT'), encodeSealedJson(0, {}))
      return 1
    },
  ],
  [
    'identity',
    'ahead',
    async () => {
      await writeFile(join(instance.directory, 'FORMAT'), encodeSealedJson(4, { more: true }))
      return 1
    },
  ],
  [
    'identity',
    'damaged',
    async () => {
      await flip(join(instance.directory, 'identity.json'), 40)
      return 1
    },
  ],
  [
    'log',
    'absent',
    async () => {
      await rm(instance.raftDirectory, { recursive: true })
      return 1
    },
  ],
  [
    'log',
    'behind',
    async () => {
      // All segments as of yesterday; the witness, outside of them, is of today.
      const [only] = await segments()
      const older = await readFile(only!)
      await write(2, 2)
      for (const path of await segments()) await unlink(path)
      await writeFile(only!, older)
      return 1
    },
  ],
  [
    'log',
    'ahead',
    async () => {
      await write(2, 6)
      return 3
    },
  ],
  [
    'log',
    'damaged',
    async () => {
      const [only] = await segments()
      await flip(only!, 600)
      return 1
    },
  ],
  [
    'state',
    'absent',
    async () => {
      await rm(instance.stateDirectory, { recursive: true })
      return 1
    },
  ],
  [
    'state',
    'behind',
    async () => {
      await write(2, 6, 4)
      return 3
    },
  ],
  ['state', 'ahead', async () => 2],
  [
    'state',
    'damaged',
    async () => {
      await write(2, 6, 4)
      await flip(join(instance.stateDirectory, 'current'), 20)
      return 6
    },
  ],
]

describe('docs/boot.md, cell by cell', () => {
  test.each(cells)('%s %s', async (part, condition, arrange) => {
    const durableIndex = await arrange()
    const before = await contents()
    const found = await boot(durableIndex)
    const intact = { identity: 'intact', log: 'intact', state: 'intact' } as const
    expect(found).toBe(documented(part, condition))
    // For what is lost, besides: the log has no beginning any more, and there are others to ask.
    const rest = { isLogWhole: condition === 'absent', canRefetch: true }
    expect(inWords(planBoot({ ...intact, ...rest, [part]: condition }))).toBe(found)
    if (found.startsWith('refuse')) expect(await contents()).toEqual(before)
  })

  /** The second table: what it says about an announced image. */
  function announced(state: string): string {
    const rows = page.split('\n').map((line) => line.split('|').map((cell) => cell.trim()))
    return rows.find((cells) => cells[1]?.startsWith(state))![2]!.replaceAll('`', '')
  }

  /** Entries 1 … 5, of which 3 are committed, and word of an image that ends at `index`. */
  async function announce(index: number): Promise<void> {
    await write(2, 3)
    const { log, state } = await openInstance({ ...deps, openState, createState }, instance, {
      loadState: async () => 3,
      reserveBytes: 0,
    })
    await log.append({ ...group(4, 5), hardState: { term: 1, votedFor: 0, commit: 3 } })
    await log.announceImage({ index, term: 2 })
    await log.close()
    await state.close()
  }

  /** What raft makes of the same log is compared with what is decided here. */
  async function contentsWithoutState(): Promise<LogContents> {
    const { log, contents: found } = await openWriteAheadLog(deps, {
      directory: instance.raftDirectory,
      identity: instance.identity,
      durableIndex: undefined,
      reserveBytes: 0,
    })
    await log.close()
    return found
  }

  test.each([
    ['beyond the log', 9],
    ['within it', 4],
  ])(
    'R-13.1 B17 J07 an image %s, announced and installed: the log is reset to it',
    async (_, index) => {
      await announce(index)
      const unfinished = unfinishedInstall(await contentsWithoutState(), index)
      expect(await boot(index)).toBe(announced('the state is the image'))
      const { log, contents: found } = await openWriteAheadLog(deps, {
        directory: instance.raftDirectory,
        identity: instance.identity,
        durableIndex: index,
        reserveBytes: 0,
      })
      expect(found).toEqual({
        hardState: { term: 2, votedFor: 0, commit: index },
        compacted: { index, term: 2 },
        entries: [],
        announced: undefined,
      })
      expect(unfinished).toEqual({ mark: { index, term: 2 }, contents: found })
      await log.close()
      expect(await boot(index)).toBe('start')
    },
  )

  test('what was under construction when the process ended is removed, once all else is sound', async () => {
    const leave = async (): Promise<void> => {
      await writeFile(join(instance.tmpDirectory, 'image-9-00'), 'half of it')
    }
    await leave()
    expect(await boot(7)).toBe('refuse STORE_LOG_BEHIND_STATE')
    expect(await readdir(instance.tmpDirectory)).toEqual(['image-9-00'])
    expect(await boot(1)).toBe('start')
    expect(await readdir(instance.tmpDirectory)).toEqual([])
    await rm(instance.tmpDirectory, { recursive: true })
    expect(await boot(1)).toBe('start')
  })

  test('R-13.1 J06 an image announced and not installed: the replica goes on', async () => {
    await announce(9)
    for (const durableIndex of [3, 5]) {
      expect(unfinishedInstall(await contentsWithoutState(), durableIndex)).toBeUndefined()
    }
    expect(await boot(3)).toBe(announced('the state is the one before'))
    expect(await boot(5)).toBe('start')
    await write(6, 9)
    expect(await boot(9)).toBe('start')
  })

  test('R-13.1 R-19.1 a state ahead of the log that no announcement explains is refused', async () => {
    await announce(9)
    for (const durableIndex of [8, 10]) {
      expect(unfinishedInstall(await contentsWithoutState(), durableIndex)).toBeUndefined()
      const before = await contents()
      expect(await boot(durableIndex)).toBe('refuse STORE_LOG_BEHIND_STATE')
      expect(await contents()).toEqual(before)
    }
  })

  test('B16 R-19.2 nothing wrong starts, nothing there bootstraps', async () => {
    expect(await boot(1)).toBe('start')
    await rm(root, { recursive: true })
    expect(await boot(0)).toBe('bootstrap')
    expect(planBoot({ identity: 'absent', log: 'absent', state: 'absent' })).toEqual({
      action: 'bootstrap',
    })
  })

  test('R-19.1 a state that is gone cannot be rebuilt from a log without its beginning', async () => {
    await write(2, 6, 4)
    await rm(instance.stateDirectory, { recursive: true })
    expect(await boot(0, false)).toBe('refuse STORE_STATE_BEHIND_LOG')
    expect(await disk.list(instance.directory)).not.toContain('state')
  })

  test('R-19.1 the only voter leaves a lost state alone, whatever its log holds', async () => {
    for (const compacted of [0, 4]) {
      if (compacted > 0) await write(2, 6, compacted)
      await flip(join(instance.stateDirectory, 'current'), 20)
      const before = await contents()
      expect(await boot(6, false)).toBe('refuse STORE_STATE_CORRUPT')
      expect(await contents()).toEqual(before)
      await flip(join(instance.stateDirectory, 'current'), 20)
    }
    const before = await contents()
    expect(await boot(3, false)).toBe('refuse STORE_STATE_BEHIND_LOG')
    expect(await contents()).toEqual(before)
    expect(await boot(6, false)).toBe('start')
  })

  /** What is done about findings that the only voter would refuse. */
  function madeAnew(findings: BootFindings): string[] {
    const { identity, log, state } = findings
    const alone = planBoot(findings).action
    return [false, true].flatMap((isLogWhole) => {
      const { action } = planBoot({ ...findings, isLogWhole, canRefetch: true })
      const words = `${identity} ${log} ${state}${isLogWhole ? ', whole log' : ''}: ${action}`
      return action === 'refuse' || action === alone ? [] : [words]
    })
  }

  test('J14 J15 every other combination of findings refuses with a code', () => {
    const conditions = ['intact', 'absent', 'behind', 'ahead', 'damaged'] as const
    const running: string[] = []
    const withOthers: string[] = []
    for (const identity of conditions) {
      for (const log of conditions) {
        for (const state of conditions) {
          const plan = planBoot({ identity, log, state })
          withOthers.push(...madeAnew({ identity, log, state }))
          if (plan.action === 'refuse') expect(plan.code).toMatch(/^STORE_/)
          else running.push(`${identity} ${log} ${state}: ${plan.action}`)
        }
      }
    }
    expect(running).toEqual([
      'intact intact intact: start',
      'intact intact absent: rebuild',
      'intact ahead intact: replay',
      'intact ahead absent: rebuild',
      'absent absent absent: bootstrap',
    ])
    expect(withOthers).toEqual([
      'intact intact absent: refetch',
      'intact intact behind: refetch',
      'intact intact behind, whole log: refetch',
      'intact intact damaged: refetch',
      'intact intact damaged, whole log: rebuild',
      'intact ahead absent: refetch',
      'intact ahead behind: refetch',
      'intact ahead behind, whole log: refetch',
      'intact ahead damaged: refetch',
      'intact ahead damaged, whole log: rebuild',
    ])
    for (const log of conditions) {
      for (const state of conditions) {
        const plan = planBoot({ identity: 'intact', log, state, image: 'installed' })
        const isThere = log === 'intact' || log === 'ahead'
        const isFinished = isThere && (state === 'intact' || state === 'ahead')
        expect(plan.action === 'finish').toBe(isFinished)
        const waiting = planBoot({ identity: 'intact', log, state, image: 'announced' })
        expect(waiting).toEqual(planBoot({ identity: 'intact', log, state }))
      }
    }
  })
})

describe('decision 015 a lost state gives way to an empty one', () => {
  const lostState = () => join(instance.directory, 'lost-state')

  /** Opens the instance, lets it do something, and closes it. */
  async function opened(
    durableIndex: number,
    act: (opened: OpenedInstance) => Promise<void> = async () => {},
  ): Promise<Pick<OpenedInstance, 'plan' | 'durableIndex' | 'contents'>> {
    const found = await openInstance({ ...deps, openState, createState }, instance, {
      loadState: loadUpTo(durableIndex),
      canRefetch: true,
      segmentBytes: 1024,
      reserveBytes: 0,
    })
    await act(found)
    await found.log.close()
    await found.state.close()
    return found
  }

  test.each([
    ['damaged', async () => flip(join(instance.stateDirectory, 'current'), 20)],
    ['without a pointer', async () => unlink(join(instance.stateDirectory, 'current'))],
    ['behind the log', async () => {}],
  ])('a state that is %s stays aside until another one stands', async (how, arrange) => {
    await write(2, 6, 4)
    await arrange()
    const found = await opened(how === 'behind the log' ? 3 : 6)
    expect(found).toMatchObject({ plan: 'refetch', durableIndex: 0 })
    // Log, term and vote are all there.
    const { hardState, entries } = found.contents
    expect(hardState).toEqual({ term: 1, votedFor: 0, commit: 6 })
    expect(entries.at(-1)!.index).toBe(6)
    // A crash before the image came: the same again, and the lost one is still the first.
    const before = await readdir(lostState())
    expect(before.filter((name) => name.startsWith('db-'))).toHaveLength(1)
    expect(await opened(6)).toMatchObject({ plan: 'refetch', durableIndex: 0 })
    await flip(join(instance.stateDirectory, 'current'), 20)
    expect(await opened(6)).toMatchObject({ plan: 'refetch', durableIndex: 0 })
    expect(await readdir(lostState())).toEqual(before)
    // The image has come.
    await opened(6, async ({ state }) => {
      await state.write({ puts: [[utf8Encode('new'), utf8Encode('row')]], deletes: [] })
    })
    expect(await opened(6)).toMatchObject({ plan: 'start', durableIndex: 6 })
    expect(await disk.stat(lostState())).toBeUndefined()
  })

  test('a whole log makes it again, entry by entry', async () => {
    await write(2, 6)
    await flip(join(instance.stateDirectory, 'current'), 20)
    const found = await opened(6)
    expect(found).toMatchObject({ plan: 'rebuild', durableIndex: 0 })
    expect(found.contents.entries.map(({ index }) => index)).toEqual([1, 2, 3, 4, 5, 6])
    expect(await disk.stat(lostState())).toBeDefined()
  })

  test('a crash at any step leaves a lost state or an empty one', async () => {
    await write(2, 6, 4)
    await flip(join(instance.stateDirectory, 'current'), 20)
    let steps = 0
    for (let last = 1; steps === last - 1; last += 1) {
      const copy = `${root}-crash`
      await cp(root, copy, { recursive: true })
      steps = 0
      const whole = instance
      instance = instanceIn(whole.directory.replace(root, copy), whole.identity)
      const dying = dyingDisk(() => {
        steps += 1
        if (steps === last) throw new DiskError('STORE_IO', copy, 'the process dies')
      })
      const options = { loadState: loadUpTo(6), canRefetch: true, reserveBytes: 0 }
      const dead = openInstance({ ...deps, disk: dying, openState, createState }, instance, options)
      const end = await dead.then(
        async ({ log, state }) => {
          await log.close()
          await state.close()
          return 'opened'
        },
        (error: Error) => error.message,
      )
      expect(['opened', 'the process dies']).toContain(end)
      expect(await opened(6)).toMatchObject({ plan: 'refetch', durableIndex: 0 })
      expect(await disk.stat(lostState())).toBeDefined()
      instance = whole
      await rm(copy, { recursive: true })
    }
    expect(steps).toBeGreaterThan(4)
  })

  /** A disk whose renames, removals and directory syncs ask first. */
  function dyingDisk(ask: () => void): Disk {
    const asking = {
      rename: async (from: string, to: string) => (ask(), disk.rename(from, to)),
      removeTree: async (path: string) => (ask(), disk.removeTree(path)),
      makeDirectory: async (path: string) => (ask(), disk.makeDirectory(path)),
      syncDirectory: async (path: string) => (ask(), disk.syncDirectory(path)),
    }
    return new Proxy(disk, {
      get: (target, name) =>
        Reflect.get(asking, name) ??
        (Reflect.get(target, name) as (...args: unknown[]) => unknown).bind(target),
    })
  }
})
