import { afterEach, expect, test } from 'vitest'
import { nullLogger, Prng } from '../base/index.ts'
import { CountingClock } from './counting-clock.suite.ts'
import { clientRefreshMs, clientRefreshPauseMs, clientResolveMsMax } from './limits.ts'
import { MemberDirectory } from './member-directory.ts'
import type { MemberSource } from './member-source.ts'

const a = '10.0.0.1:8002'
const b = '10.0.0.2:8002'
const c = '10.0.0.3:8002'

let open: MemberDirectory[] = []
afterEach(() => {
  for (const each of open) each.close()
  open = []
})

function directory(
  clock: CountingClock,
  sources: readonly MemberSource[],
): { readonly found: MemberDirectory; readonly changes: (readonly string[])[] } {
  const found = new MemberDirectory({ clock, random: new Prng('d'), logger: nullLogger }, sources)
  const changes: (readonly string[])[] = []
  found.onChange(() => changes.push(found.members.addresses))
  open.push(found)
  return { found, changes }
}

/** A source whose every answer the test gives. */
function scripted(answers: (readonly string[] | 'fails' | 'hangs')[]): {
  readonly source: MemberSource
  readonly askedMs: number[]
} {
  const askedMs: number[] = []
  const resolve = async (): Promise<readonly string[]> => {
    askedMs.push(clockOf.nowMs())
    const answer = answers.shift() ?? 'fails'
    if (answer === 'fails') throw new Error('nobody can tell')
    if (answer === 'hangs') return new Promise(() => {})
    return answer
  }
  return { source: { text: 'scripted', known: [], resolve }, askedMs }
}

let clockOf = new CountingClock()

test('what never changes is asked for once: no timer, no refresh', async () => {
  const clock = new CountingClock()
  const { found, changes } = directory(clock, [{ text: a, known: [a] }])
  found.refresh()
  await clock.advance(3 * clientRefreshMs)
  expect(found.members.addresses).toEqual([a])
  expect([changes, clock.waiting]).toEqual([[], 0])
})

test('sources are merged, asked at once and about every minute', async () => {
  clockOf = new CountingClock()
  const { source, askedMs } = scripted([
    [b, 'nonsense'],
    [b, c],
    [c, b],
    [c, b],
  ])
  const { found, changes } = directory(clockOf, [{ text: a, known: [a] }, source])
  expect(found.members.addresses).toEqual([a])
  await clockOf.advance(3 * clientRefreshMs)
  expect(changes).toEqual([
    [a, b],
    [a, b, c],
    [a, c, b],
  ])
  const gaps = askedMs.slice(1).map((atMs, i) => atMs - askedMs[i]!)
  expect(gaps.length).toBeGreaterThanOrEqual(2)
  for (const gap of gaps) {
    expect(gap).toBeGreaterThanOrEqual(clientRefreshMs * 0.75)
    expect(gap).toBeLessThanOrEqual(clientRefreshMs * 1.25)
  }
})

test('a source that fails, names nobody or says nothing keeps what it said last', async () => {
  clockOf = new CountingClock()
  const { source, askedMs } = scripted([[b], 'fails', [], 'hangs', [c]])
  const { found } = directory(clockOf, [source])
  for (let round = 0; round < 4; round += 1) {
    await clockOf.advance(clientResolveMsMax + clientRefreshPauseMs)
    expect(found.members.addresses).toEqual([b])
    found.refresh()
  }
  await clockOf.advance(1)
  expect(askedMs).toHaveLength(5)
  expect(found.members.addresses).toEqual([c])
})

test('refreshes run one at a time and not more often than once a second', async () => {
  clockOf = new CountingClock()
  const { source, askedMs } = scripted([[a], 'hangs', [a]])
  const { found } = directory(clockOf, [source])
  for (let i = 0; i < 100; i += 1) {
    found.refresh()
    await clockOf.advance(100)
  }
  // The one that hangs is given up in between.
  expect(askedMs.slice(0, 3)).toEqual([0, 1_000, 6_000])
})

test('while nobody is known it is asked again soon', async () => {
  clockOf = new CountingClock()
  const { source, askedMs } = scripted(['fails', 'fails', [a]])
  const { found } = directory(clockOf, [source])
  let isKnown = false
  const waiting = found.known(clientRefreshMs).then(() => (isKnown = true))
  expect(await clockOf.advanceUntil(() => isKnown, clientRefreshMs)).toBe(true)
  await waiting
  expect(askedMs).toHaveLength(3)
  expect(clockOf.nowMs()).toBeLessThanOrEqual(4 * clientRefreshPauseMs)
})

test('waiting for a member ends in time when none is named', async () => {
  clockOf = new CountingClock()
  const { found } = directory(clockOf, [scripted([]).source])
  let isOver = false
  void found.known(2_500).then(() => (isOver = true))
  expect(await clockOf.advanceUntil(() => isOver, 2_500)).toBe(true)
  expect(found.members.addresses).toEqual([])
})

test('a hint of a stranger is a reason to look who else is new', async () => {
  clockOf = new CountingClock()
  const { source, askedMs } = scripted([[a], [a, b, c]])
  const { found } = directory(clockOf, [source])
  await clockOf.advance(clientRefreshPauseMs)
  found.learn(a, 1)
  await clockOf.advance(1)
  expect(askedMs).toHaveLength(1)
  found.learn(b, 2)
  await clockOf.advance(1)
  expect(askedMs).toHaveLength(2)
  expect(found.members.addresses).toEqual([a, b, c])
  expect(found.members.leader).toBe(b)
})

test('a leader that only hints have named outlives a refresh, a listed one that is gone does not', async () => {
  clockOf = new CountingClock()
  const { source } = scripted([[a], [a], [b]])
  const { found } = directory(clockOf, [source])
  await clockOf.advance(clientRefreshPauseMs)
  found.learn(c, 1)
  await clockOf.advance(clientRefreshPauseMs)
  expect(found.members.addresses).toEqual([a, c])
  found.learn(a, 2)
  found.refresh()
  await clockOf.advance(1)
  expect(found.members.addresses).toEqual([b])
  expect(found.members.leader).toBeUndefined()
})

test('names of certificates go with the addresses of their source', async () => {
  clockOf = new CountingClock()
  const { source } = scripted([[b]])
  const named = { ...source, serverNames: ['schedulers.example'] }
  const { found } = directory(clockOf, [{ text: a, known: [a] }, named])
  await clockOf.advance(1)
  expect(found.serverNames(b)).toEqual(['schedulers.example'])
  expect([found.serverNames(a), found.serverNames(c)]).toEqual([[], []])
})

test('closing while it asks leaves nothing behind and changes nothing', async () => {
  clockOf = new CountingClock()
  let tell: (addresses: readonly string[]) => void = () => {}
  const late = new Promise<readonly string[]>((resolve) => {
    tell = resolve
  })
  let signal: { readonly aborted: boolean } | undefined
  const source: MemberSource = {
    text: 'late',
    known: [a],
    resolve: (given) => {
      signal = given
      return late
    },
  }
  const { found, changes } = directory(clockOf, [source])
  const waiting = found.known(clientRefreshMs)
  found.close()
  await waiting
  tell([b])
  await clockOf.advance(2 * clientRefreshMs)
  expect(signal?.aborted).toBe(true)
  expect(found.members.addresses).toEqual([a])
  expect([changes, clockOf.waiting]).toEqual([[], 0])
})
