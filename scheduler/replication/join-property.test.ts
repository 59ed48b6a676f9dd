// Any requests, admissions, promotions, removals and tokens, sensible or not, on two replicas.
import { expect } from 'vitest'
import { minuteMs, toHex } from '../../base/index.ts'
import { isJoint } from '../../raft/index.ts'
import { Replica } from './harness.suite.ts'
import { joinIntentCommand, noteJoinCommand, tokenCredential } from './join-commands.ts'
import { ask, incarnationOf, Site, tokenId } from './join-fixture.suite.ts'
import { joinsMax } from './limits.ts'
import { fc, test as property } from './property.suite.ts'
import { hostBlockTable } from './rows/host-block.ts'
import { joinTokenTable } from './rows/join-token.ts'
import { joinTable, listJoins } from './rows/joins.ts'
import { memberTable, type MemberRow } from './rows/member.ts'
import { removalReasons, removedMemberTable } from './rows/removed-member.ts'
import { revokeJoinTokenCommand } from './token-commands.ts'

const small = (max: number) => fc.integer({ min: 1, max })

/** Hosts s1 … s3 are members at first; the others are new. */
const acts = fc.array(
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        act: fc.constant('ask' as const),
        n: small(100),
        host: small(6),
        /** Mostly its own. */
        place: fc.integer({ min: -12, max: 6 }),
        replaces: fc.integer({ min: 0, max: 6 }),
        isLearner: fc.boolean(),
        hasToken: fc.boolean(),
      }),
    },
    { weight: 5, arbitrary: fc.record({ act: fc.constant('admit' as const), at: small(4) }) },
    {
      weight: 3,
      arbitrary: fc.record({
        act: fc.constant('note' as const),
        at: small(4),
        isActed: fc.boolean(),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        act: fc.constant('promote' as const),
        at: small(8),
        isReplacing: fc.boolean(),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        act: fc.constant('remove' as const),
        at: small(8),
        reason: fc.constantFrom(...removalReasons),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        act: fc.constant('token' as const),
        host: fc.integer({ min: 0, max: 6 }),
        uses: small(3),
      }),
    },
    { weight: 1, arbitrary: fc.record({ act: fc.constant('revoke' as const) }) },
    { weight: 2, arbitrary: fc.record({ act: fc.constant('time' as const), minutes: small(6) }) },
  ),
  { minLength: 30, maxLength: 80 },
)

type Act = typeof acts extends fc.Arbitrary<(infer One)[]> ? One : never

const placeOf = (n: number): string => `10.0.0.${n}:8003`

function perform(site: Site, act: Act): void {
  const { reader } = site.state
  const members = reader.list(memberTable, 'byReplica', { limit: 64 })
  const joins = listJoins(reader)
  switch (act.act) {
    case 'ask':
      site.run(
        joinIntentCommand,
        ask(act.n + 100, {
          hostId: `s${act.host}`,
          raftAddress: placeOf(act.place < 1 ? act.host : act.place),
          replaces: act.replaces === 0 ? '' : `s${act.replaces}`,
          isLearner: act.isLearner,
          ...(act.hasToken ? {} : { credential: 'cluster-key', secretHash: new Uint8Array(0) }),
        }),
      )
      return
    case 'admit': {
      const join = joins.filter(({ replicaId }) => replicaId === 0)[act.at - 1]
      if (join === undefined) return
      const { incarnation, hostId, raftAddress } = join
      const id = site.state.configuration().highestId + 1
      const old = members.filter(({ role, hostId: of }) => role === 'learner' && of === hostId)
      const operations = [
        ...old.map(({ replicaId }) => ({ op: 'remove', id: replicaId }) as const),
        { op: 'add-learner', id } as const,
      ]
      site.change(operations, [
        ...old.map(({ replicaId }) => site.detailsOf(replicaId, { reason: 'ghost' })),
        { replicaId: id, incarnation, hostId, raftAddress },
      ])
      return
    }
    case 'note': {
      const incarnation = joins[act.at - 1]?.incarnation ?? incarnationOf(200)
      if (act.isActed) site.run(noteJoinCommand, { what: 'acted', incarnation })
      else site.run(noteJoinCommand, { what: 'withdrawn', incarnation, reason: 'unreachable' })
      return
    }
    case 'promote':
      promote(site, members, act)
      return
    case 'remove': {
      const row = members[act.at - 1]
      if (row === undefined) return
      const details = [site.detailsOf(row.replicaId, { reason: act.reason })]
      site.change([{ op: 'remove', id: row.replicaId }], details)
      return
    }
    case 'token':
      site.token({
        tokenId: act.host === 0 ? tokenId : incarnationOf(act.host).slice(0, 16),
        hostId: act.host === 0 ? '' : `s${act.host}`,
        uses: act.uses,
        ttlMs: 20 * minuteMs,
      })
      return
    case 'revoke':
      site.run(revokeJoinTokenCommand, { tokenId })
      return
    case 'time':
      site.nowMs += act.minutes * minuteMs
      site.wallMs += act.minutes * minuteMs
  }
}

function promote(
  site: Site,
  members: readonly MemberRow[],
  { at, isReplacing }: { readonly at: number; readonly isReplacing: boolean },
): void {
  const row = members.filter(({ role }) => role === 'learner')[at - 1]
  if (row === undefined) return
  const join = site.state.reader.get(joinTable, row.incarnation)
  const old = members.filter(
    ({ replicaId, hostId }) =>
      isReplacing &&
      replicaId !== row.replicaId &&
      (hostId === row.hostId || hostId === join?.replaces),
  )
  const operations = [
    { op: 'promote', id: row.replicaId } as const,
    ...old.map(({ replicaId }) => ({ op: 'remove', id: replicaId }) as const),
  ]
  const details = old.map(({ replicaId }) => site.detailsOf(replicaId, { reason: 'replaced' }))
  site.change(operations, [site.detailsOf(row.replicaId), ...details])
  if (isJoint(site.state.configuration())) site.change([])
}

function check({ state }: Site): void {
  const { reader } = state
  const members = reader.list(memberTable, 'byReplica', { limit: 64 })
  const joins = listJoins(reader)
  expect(joins.length).toBeLessThanOrEqual(joinsMax)
  for (const join of joins) {
    if (join.replicaId === 0) {
      expect(reader.get(hostBlockTable, join.hostId)).toBeUndefined()
      expect(reader.groupSize(removedMemberTable, 'byIncarnation', join.incarnation)).toBe(0)
      expect(members.some(({ incarnation }) => incarnation === join.incarnation)).toBe(false)
    } else {
      const { incarnation, hostId, raftAddress } = join
      const row = { incarnation, hostId, raftAddress, role: 'learner' }
      expect(reader.get(memberTable, join.replicaId)).toMatchObject(row)
    }
  }
  const voters = members.filter(({ role }) => role === 'voter')
  expect(new Set(voters.map(({ hostId }) => hostId)).size).toBe(voters.length)
  expect(new Set(voters.map(({ raftAddress }) => raftAddress)).size).toBe(voters.length)
  expect(new Set(members.map(({ incarnation }) => incarnation)).size).toBe(members.length)
  for (const { replicaId, incarnation } of members) {
    expect(reader.get(removedMemberTable, replicaId)).toBeUndefined()
    expect(reader.groupSize(removedMemberTable, 'byIncarnation', incarnation)).toBe(0)
  }
  for (const { usesLeft } of reader.list(joinTokenTable, 'byExpiry', { limit: 1000 })) {
    expect(usesLeft).toBeGreaterThanOrEqual(0)
    expect(usesLeft).toBeLessThanOrEqual(3)
  }
}

property(
  'J01 J02 J19 J24 J26 names, ids and incarnations are never shared, on every replica alike',
  acts,
  (list) => {
    const site = new Site()
    site.token({ tokenId, uses: 3, ttlMs: 20 * minuteMs })
    for (const act of list) {
      perform(site, act)
      check(site)
    }
    const other = new Replica()
    other.open()
    for (const entry of site.entries) other.state.apply([entry])
    expect(toHex(other.state.digest())).toBe(toHex(site.state.digest()))
    expect(tokenCredential(tokenId)).toBe(`token:${tokenId}`)
  },
  200,
)
