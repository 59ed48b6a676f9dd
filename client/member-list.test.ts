import fc from 'fast-check'
import { expect, test } from 'vitest'
import { clientCooldownMs, clientCooldownMsMax, clientMembersMax } from './limits.ts'
import { isAddress, MemberList } from './member-list.ts'

const a = '127.0.0.1:1001'
const b = '127.0.0.1:1002'
const c = '127.0.0.1:1003'
const none: ReadonlySet<string> = new Set()

test.each([
  ['127.0.0.1:8002', true],
  ['[::1]:8002', true],
  ['scheduler-0.example:65535', true],
  ['127.0.0.1', false],
  ['127.0.0.1:0', false],
  ['127.0.0.1:65536', false],
  [':8002', false],
  ['http://x:80', false],
  ['', false],
])('address %s is accepted: %s', (text, expected) => {
  expect(isAddress(text)).toBe(expected)
})

test('the leader is asked first, the others in turn', () => {
  const members = new MemberList([a, b, c])
  members.learn(b, 5)
  expect(members.choose(none, 0)).toBe(b)
  const others = new Set([members.choose(new Set([b]), 0), members.choose(new Set([b]), 0)])
  expect(others).toEqual(new Set([a, c]))
  expect(members.choose(new Set([a, b, c]), 0)).toBeUndefined()
})

test('hints of older terms, without a leader or malformed do not replace a known leader', () => {
  const members = new MemberList([a, b])
  members.learn(b, 5)
  members.learn(a, 4)
  members.learn('', 5)
  expect(members.learn('nonsense', 9)).toBe(false)
  members.learn(a, Number.NaN)
  expect(members.leader).toBe(b)
  members.learn('', 6)
  expect(members.leader).toBeUndefined()
})

test('a term never goes back, unless everybody was asked in vain', () => {
  const members = new MemberList([a, b, c])
  expect(members.learn(a, 7)).toBe(false)
  for (const term of [6, 1, 0, -1]) members.learn(b, term)
  expect(members.leader).toBe(a)
  members.failed(a, 0)
  members.learn(b, 6)
  expect(members.leader).toBeUndefined()
  // A cluster that was restored counts its terms anew.
  members.forgetTerm()
  members.learn(b, 1)
  expect(members.leader).toBe(b)
})

test('a member that withdrew comes last for a minute, whatever others say', () => {
  const members = new MemberList([a, b])
  members.learn(a, 1)
  members.withdrew(a, 0)
  members.learn(a, 1)
  expect(members.choose(none, clientCooldownMsMax - 1)).toBe(b)
  expect(members.chooseFor('task', clientCooldownMsMax - 1)).toBe(b)
  expect(members.choose(new Set([b]), 1)).toBe(a)
  expect(members.choose(none, clientCooldownMsMax)).toBe(a)
})

test('a leader that only hints have named stays when the list is replaced', () => {
  const members = new MemberList([a])
  expect(members.learn(c, 1)).toBe(true)
  members.setAddresses([b])
  expect([members.addresses, members.listed, members.leader]).toEqual([[b, c], [b], c])
  members.setAddresses([b, c])
  members.setAddresses([b])
  expect([members.addresses, members.leader]).toEqual([[b], undefined])
})

test('a hint adds an unknown member up to the limit', () => {
  const members = new MemberList([a])
  members.learn(c, 1)
  expect(members.addresses).toEqual([a, c])
  for (let port = 2_000; port < 2_100; port += 1) members.learn(`127.0.0.1:${port}`, 2)
  expect(members.addresses).toHaveLength(clientMembersMax)
})

test('a member that failed is no leader and comes last until it has cooled down', () => {
  const members = new MemberList([a, b])
  members.learn(a, 1)
  members.failed(a, 1_000)
  expect(members.leader).toBeUndefined()
  for (let i = 0; i < 4; i += 1) expect(members.choose(none, 1_001)).toBe(b)
  expect(members.choose(new Set([b]), 1_001)).toBe(a)
  const later = 1_000 + clientCooldownMs
  expect(new Set([members.choose(none, later), members.choose(none, later)])).toEqual(
    new Set([a, b]),
  )
})

test('a leader that others name but that cannot be reached is not asked first', () => {
  const members = new MemberList([a, b])
  for (let n = 0; n < 3; n += 1) {
    members.learn(a, 1)
    members.failed(a, 0)
  }
  members.learn(a, 1)
  expect(members.leader).toBe(a)
  expect(members.choose(none, 4 * clientCooldownMs - 1)).toBe(b)
  expect(members.choose(new Set([b]), 4 * clientCooldownMs - 1)).toBe(a)
  expect(members.choose(none, 4 * clientCooldownMs)).toBe(a)
  members.failed(a, 0)
  members.answered(a)
  members.learn(a, 1)
  expect(members.choose(none, 1)).toBe(a)
})

test('replacing the list drops a leader that is gone and refuses an empty list', () => {
  const members = new MemberList([a, b])
  members.learn(a, 1)
  members.setAddresses([])
  expect(members.addresses).toEqual([a, b])
  members.setAddresses([b, b, 'bad'])
  expect(members.addresses).toEqual([b])
  expect(members.leader).toBeUndefined()
})

test('a key keeps its member while that is healthy, and keys spread', () => {
  const members = new MemberList([a, b, c])
  const counts = new Map<string, number>()
  for (let i = 0; i < 300; i += 1) {
    const first = members.chooseFor(`task-${i}`, 0)!
    expect(members.chooseFor(`task-${i}`, 0)).toBe(first)
    counts.set(first, (counts.get(first) ?? 0) + 1)
  }
  expect([...counts.values()].every((count) => count > 50)).toBe(true)
  const chosen = members.chooseFor('task-1', 0)!
  members.failed(chosen, 0)
  expect(members.chooseFor('task-1', 1)).not.toBe(chosen)
  expect(members.chooseFor('task-1', clientCooldownMs)).toBe(chosen)
})

test('choosing never repeats a tried member and always ends', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.integer({ min: 1, max: 65_535 }), { minLength: 1, maxLength: 10 }),
      fc.array(fc.nat(9)),
      (ports, failures) => {
        const addresses = ports.map((port) => `h:${port}`)
        const members = new MemberList(addresses)
        for (const failure of failures) members.failed(addresses[failure % addresses.length]!, 0)
        const tried = new Set<string>()
        for (;;) {
          const next = members.choose(tried, 1)
          if (next === undefined) break
          expect(tried.has(next)).toBe(false)
          tried.add(next)
        }
        expect(tried.size).toBe(addresses.length)
      },
    ),
  )
})
