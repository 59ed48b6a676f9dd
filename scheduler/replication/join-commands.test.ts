import { describe, expect, test } from 'vitest'
import { minuteMs, toHex } from '../../base/index.ts'
import { rowsOf } from './harness.suite.ts'
import { joinIntentCommand, noteJoinCommand, tokenCredential } from './join-commands.ts'
import {
  ask,
  incarnationOf,
  newToken,
  reasonOf,
  returning,
  secretHash,
  Site,
  started,
  tokenId,
} from './join-fixture.suite.ts'
import {
  hostAdmissionsMax,
  hostAdmissionWindowMs,
  joinHoldMs,
  removedMembersMax,
} from './limits.ts'
import { pack } from './msgpack.ts'
import { setNodeState } from './node-state-commands.ts'
import { decodeRow, rowKey, rowValue } from './row-codec.ts'
import { hostBlockTable } from './rows/host-block.ts'
import { hostJoinsTable } from './rows/host-joins.ts'
import { joinTokenTable } from './rows/join-token.ts'
import { joinTable, listJoins } from './rows/joins.ts'
import { leavingRow, readLeaving } from './rows/leaving.ts'
import { memberTable } from './rows/member.ts'
import { removedMemberTable } from './rows/removed-member.ts'
import { createJoinTokenCommand, revokeJoinTokenCommand } from './token-commands.ts'
import { FieldReader } from './wire.ts'
import type { AnyTable } from './table-definition.ts'
import type { Wire } from './wire.ts'

describe('a host asks to join', () => {
  test('J01 J02 asking again is answered alike and takes no second use of the token', () => {
    const site = started(1)
    expect(site.run(joinIntentCommand, ask(9))).toEqual({ ok: true, replicaId: 0 })
    expect(site.run(joinIntentCommand, ask(9))).toEqual({ ok: true, replicaId: 0 })
    expect(site.admit(incarnationOf(9))).toBe(4)
    site.nowMs += 10 * minuteMs
    site.wallMs += 10 * minuteMs
    expect(site.run(joinIntentCommand, ask(9))).toEqual({ ok: true, replicaId: 4 })
    expect(listJoins(site.state.reader)).toHaveLength(1)
    expect(site.state.reader.get(joinTokenTable, tokenId)?.usesLeft).toBe(0)
    expect(site.state.reader.get(memberTable, 4)).toMatchObject({
      hostId: 'h9',
      role: 'learner',
      state: 'joining',
      credential: `token:${tokenId}`,
    })
  })

  test('J04 the answer stays the same until the disk has acknowledged something', () => {
    const site = started()
    site.run(joinIntentCommand, ask(9))
    site.admit(incarnationOf(9))
    expect(site.run(joinIntentCommand, ask(9))).toEqual({ ok: true, replicaId: 4 })
    const acted = { what: 'acted', incarnation: incarnationOf(9) } as const
    expect(site.run(noteJoinCommand, acted)).toEqual({ ok: true })
    expect(reasonOf(site.run(joinIntentCommand, ask(9)))).toBe('incarnation-burned')
  })

  test('J26 an incarnation that voted, or was removed, never comes back', () => {
    const site = started()
    site.run(joinIntentCommand, returning(9))
    site.replace(site.admit(incarnationOf(9)), 3)
    expect(site.state.reader.count(joinTable)).toBe(0)
    expect(reasonOf(site.run(joinIntentCommand, returning(9)))).toBe('incarnation-burned')
    const old = returning(9, { incarnation: '03'.repeat(16) })
    expect(reasonOf(site.run(joinIntentCommand, old))).toBe('incarnation-burned')
    // Members by name and number: the host is the same, the replica another.
    expect(site.state.reader.get(memberTable, 3)).toBeUndefined()
    expect(site.state.reader.get(memberTable, 4)).toMatchObject({ hostId: 's3', role: 'voter' })
    expect(site.state.reader.get(removedMemberTable, 3)).toMatchObject({
      hostId: 's3',
      reason: 'replaced',
      removedAtIndex: site.state.appliedIndex - 2,
    })
    expect(site.state.reader.count(hostBlockTable)).toBe(0)
  })

  test.each([
    ['a token nobody made', ask(9, { credential: tokenCredential('00'.repeat(8)) })],
    ['a token with another secret', ask(9, { secretHash: new Uint8Array(32) })],
    ['a token for another host', ask(9, { credential: tokenCredential('cd'.repeat(8)) })],
  ])('%s admits nobody', (_title, body) => {
    const site = started()
    site.token({ tokenId: 'cd'.repeat(8), hostId: 'somebody' })
    const before = rowsOf(site.state)
    expect(reasonOf(site.run(joinIntentCommand, body))).toBe('token-invalid')
    expect(site.state.reader.count(joinTable)).toBe(0)
    expect(before).toContain('join-tokens')
  })

  test('a token admits until its time is over, and as often as it says', () => {
    const site = started(1)
    site.wallMs += minuteMs - 1
    expect(reasonOf(site.run(joinIntentCommand, ask(9)))).toBe('ok')
    expect(reasonOf(site.run(joinIntentCommand, ask(10)))).toBe('token-used')
    site.wallMs += 1
    expect(reasonOf(site.run(joinIntentCommand, ask(10)))).toBe('token-expired')
  })

  test('J23 a jump of the wall clock expires no join, for joins live in cluster time', () => {
    const site = started()
    site.run(joinIntentCommand, ask(9))
    site.wallMs += 3_600_000
    expect(site.run(joinIntentCommand, ask(9))).toEqual({ ok: true, replicaId: 0 })
    expect(site.state.reader.get(joinTable, incarnationOf(9))?.askedAtMs).toBe(1000)
  })

  test('a token for learners makes learners only', () => {
    const site = started()
    site.token({ tokenId: 'cd'.repeat(8), isLearner: true })
    site.run(joinIntentCommand, ask(9, { credential: tokenCredential('cd'.repeat(8)) }))
    expect(site.state.reader.get(joinTable, incarnationOf(9))?.isLearner).toBe(true)
  })

  test('without a token a host must be known; with the cluster key it may come back', () => {
    const site = started()
    const stranger = { credential: 'cluster-key', secretHash: new Uint8Array(0) }
    expect(reasonOf(site.run(joinIntentCommand, ask(9, stranger)))).toBe('unproven')
    expect(reasonOf(site.run(joinIntentCommand, returning(9, { credential: '' })))).toBe('unproven')
    expect(reasonOf(site.run(joinIntentCommand, returning(9)))).toBe('ok')
  })

  test('J21 a program that lacks a feature of the cluster stays out', () => {
    const site = started()
    expect(reasonOf(site.run(joinIntentCommand, ask(9, { features: ['x'] })))).toBe(
      'feature-missing',
    )
  })

  test('two join at a time, and a host that comes back is not kept waiting by itself', () => {
    const site = started()
    expect(reasonOf(site.run(joinIntentCommand, ask(9)))).toBe('ok')
    expect(reasonOf(site.run(joinIntentCommand, ask(10)))).toBe('ok')
    expect(reasonOf(site.run(joinIntentCommand, ask(11)))).toBe('too-many-joins')
    site.admit(incarnationOf(9))
    const again = ask(12, { hostId: 'h9', raftAddress: '10.0.1.9:8003' })
    expect(reasonOf(site.run(joinIntentCommand, again))).toBe('ok')
  })

  test('a member that lost its disk waits for nobody, and nobody for who is out of reach', () => {
    const site = started()
    site.run(joinIntentCommand, ask(9))
    site.run(joinIntentCommand, ask(10))
    expect(reasonOf(site.run(joinIntentCommand, returning(11)))).toBe('ok')
    expect(reasonOf(site.run(joinIntentCommand, ask(12)))).toBe('too-many-joins')
    site.nowMs += joinHoldMs
    expect(reasonOf(site.run(joinIntentCommand, ask(12)))).toBe('ok')
    expect(listJoins(site.state.reader)).toHaveLength(4)
  })

  test('a learner that stays one is no longer under way once it replicates', () => {
    const site = started()
    site.run(joinIntentCommand, ask(9, { isLearner: true }))
    site.run(joinIntentCommand, ask(10))
    site.admit(incarnationOf(9))
    expect(reasonOf(site.run(joinIntentCommand, ask(11)))).toBe('too-many-joins')
    site.run(noteJoinCommand, { what: 'acted', incarnation: incarnationOf(9) })
    expect(reasonOf(site.run(joinIntentCommand, ask(11)))).toBe('ok')
  })

  test('J24 of two hosts with one name the second is refused while the first is fresh', () => {
    const site = started()
    site.run(joinIntentCommand, ask(9))
    const second = ask(10, { hostId: 'h9' })
    expect(reasonOf(site.run(joinIntentCommand, second))).toBe('host-id-in-use')
    const squatter = ask(10, { raftAddress: '10.0.1.9:8003' })
    expect(reasonOf(site.run(joinIntentCommand, squatter))).toBe('address-in-use')
    site.nowMs += joinHoldMs
    expect(reasonOf(site.run(joinIntentCommand, second))).toBe('ok')
    expect(site.events).toEqual([
      { type: 'join-withdrawn', incarnation: incarnationOf(9), reason: 'superseded' },
    ])
    expect(listJoins(site.state.reader).map(({ incarnation }) => incarnation)).toEqual([
      incarnationOf(10),
    ])
  })

  test('nobody joins at the address of a member of another host', () => {
    const site = started()
    const body = ask(9, { raftAddress: '10.0.0.2:8003' })
    expect(reasonOf(site.run(joinIntentCommand, body))).toBe('address-in-use')
    const replacing = { ...body, replaces: 's2' }
    // Whoever found a token for any host must not take a member's place with it.
    expect(reasonOf(site.run(joinIntentCommand, replacing))).toBe('unproven')
    site.token({ tokenId: 'cd'.repeat(8), hostId: body.hostId })
    const named = { ...replacing, credential: tokenCredential('cd'.repeat(8)) }
    expect(reasonOf(site.run(joinIntentCommand, named))).toBe('ok')
    expect(site.state.reader.get(joinTable, incarnationOf(9))?.replaces).toBe('s2')
  })

  test('whom a host replaces matters only while that member is there', () => {
    const site = started()
    site.run(joinIntentCommand, ask(9, { replaces: 'gone' }))
    expect(site.state.reader.get(joinTable, incarnationOf(9))?.replaces).toBe('')
    site.run(joinIntentCommand, returning(10, { replaces: 's2' }))
    expect(site.state.reader.get(joinTable, incarnationOf(10))?.replaces).toBe('')
  })

  test('a lost disk before the admission: the token of the host is not used twice', () => {
    const site = started(1)
    site.run(joinIntentCommand, ask(9))
    const again = ask(10, { hostId: 'h9', raftAddress: '10.0.1.9:8003' })
    expect(reasonOf(site.run(joinIntentCommand, again))).toBe('ok')
    expect(listJoins(site.state.reader)).toHaveLength(1)
    expect(site.state.reader.get(joinTokenTable, tokenId)?.usesLeft).toBe(0)
  })

  test('J19 a host is admitted three times in ten minutes of cluster time', () => {
    const site = started()
    for (let n = 1; n <= hostAdmissionsMax; n += 1) {
      expect(reasonOf(site.run(joinIntentCommand, returning(20 + n)))).toBe('ok')
      const learner = site.admit(incarnationOf(20 + n))
      const operations = [{ op: 'remove', id: learner }] as const
      site.change(operations, [site.detailsOf(learner, { reason: 'ghost' })])
      site.nowMs += minuteMs
    }
    expect(reasonOf(site.run(joinIntentCommand, returning(30)))).toBe('rate-limited')
    site.nowMs = 1000 + hostAdmissionWindowMs
    expect(reasonOf(site.run(joinIntentCommand, returning(30)))).toBe('ok')
    expect(site.state.configuration()).toMatchObject({ voters: [1, 2, 3], learners: [] })
  })
})

describe('what became of a join', () => {
  test('one that is given up leaves nothing, and its token may be used again', () => {
    const site = started(1)
    site.run(joinIntentCommand, ask(9))
    const body = {
      what: 'withdrawn',
      incarnation: incarnationOf(9),
      reason: 'unreachable',
    } as const
    expect(site.run(noteJoinCommand, body)).toEqual({ ok: true })
    expect(site.events).toEqual([
      { type: 'join-withdrawn', incarnation: incarnationOf(9), reason: 'unreachable' },
    ])
    expect(site.state.reader.count(joinTable)).toBe(0)
    expect(site.state.reader.get(joinTokenTable, tokenId)?.usesLeft).toBe(1)
    expect(reasonOf(site.run(noteJoinCommand, body))).toBe('join-not-found')
  })

  test('who is admitted is not given up, and who is not has not acted', () => {
    const site = started()
    site.run(joinIntentCommand, ask(9))
    const incarnation = incarnationOf(9)
    expect(reasonOf(site.run(noteJoinCommand, { what: 'acted', incarnation }))).toBe('not-admitted')
    site.admit(incarnation)
    const body = { what: 'withdrawn', incarnation, reason: 'unreachable' } as const
    expect(reasonOf(site.run(noteJoinCommand, body))).toBe('admitted')
  })
})

describe('a learner in the place of a voter', () => {
  test('has its host id and address beside it, and cannot be promoted without its removal', () => {
    const site = started()
    site.run(joinIntentCommand, returning(9))
    expect(site.admit(incarnationOf(9))).toBe(4)
    const promote = { op: 'promote', id: 4 } as const
    expect(reasonOf(site.change([promote], [site.detailsOf(4)]))).toBe('address-in-use')
    site.replace(4, 3)
    expect(site.state.configuration()).toMatchObject({ voters: [1, 2, 4], highestId: 4 })
  })

  test.each(['hidden', 'draining'] as const)('is %s as the host was', (state) => {
    const site = started()
    const { incarnation } = site.state.reader.get(memberTable, 3)!
    const from = ['joining', 'loading', 'online'] as const
    const body = { replicaId: 3, incarnation, bootId: '', from, to: state } as const
    expect(site.run(setNodeState, body)).toMatchObject({ ok: true })
    site.run(joinIntentCommand, returning(9))
    site.admit(incarnationOf(9))
    expect(site.state.reader.get(memberTable, 4)?.state).toBe(state)
    site.run(joinIntentCommand, ask(10))
    site.admit(incarnationOf(10))
    expect(site.state.reader.get(memberTable, 5)?.state).toBe('joining')
  })

  test('is admitted like that only with its join', () => {
    const site = started()
    const details = {
      replicaId: 4,
      incarnation: incarnationOf(9),
      hostId: 's3',
      raftAddress: '10.0.1.9:8003',
    }
    const operations = [{ op: 'add-learner', id: 4 }] as const
    expect(reasonOf(site.change(operations, [details]))).toBe('host-id-in-use')
    site.run(joinIntentCommand, returning(9))
    // The join is for another address.
    expect(reasonOf(site.change(operations, [details]))).toBe('host-id-in-use')
  })

  test('J08 takes the place of a learner in one step', () => {
    const site = started()
    site.run(joinIntentCommand, returning(9))
    site.admit(incarnationOf(9))
    site.run(joinIntentCommand, returning(10))
    const { hostId, raftAddress } = returning(10)
    const added = { replicaId: 5, incarnation: incarnationOf(10), hostId, raftAddress }
    const details = [site.detailsOf(4, { reason: 'ghost' }), added]
    const operations = [
      { op: 'remove', id: 4 },
      { op: 'add-learner', id: 5 },
    ] as const
    expect(reasonOf(site.change(operations, details))).toBe('ok')
    expect(site.state.configuration()).toMatchObject({ voters: [1, 2, 3], learners: [5] })
    expect(listJoins(site.state.reader)).toHaveLength(1)
    expect(site.state.reader.get(removedMemberTable, 4)?.reason).toBe('ghost')
  })
})

describe('a removal', () => {
  test.each([
    ['removed', true],
    ['decommissioned', true],
    ['replaced', false],
    ['ghost', false],
    ['corrupt', false],
  ] as const)('%s: the host is blocked: %s', (reason, isBlocked) => {
    const site = started()
    site.change([{ op: 'remove', id: 3 }], [site.detailsOf(3, { reason })])
    expect(site.state.reader.get(removedMemberTable, 3)).toMatchObject({ reason })
    expect(site.state.reader.count(hostBlockTable)).toBe(isBlocked ? 1 : 0)
    const expected = isBlocked ? 'host-blocked' : 'ok'
    expect(reasonOf(site.run(joinIntentCommand, returning(9)))).toBe(expected)
  })

  test("without a word is an operator's, and ends a join of that host", () => {
    const site = started()
    site.run(joinIntentCommand, returning(9))
    site.change([{ op: 'remove', id: 3 }])
    expect(site.state.reader.get(hostBlockTable, 's3')).toMatchObject({ reason: 'removed' })
    expect(site.state.reader.count(joinTable)).toBe(0)
    expect(site.events).toContainEqual({
      type: 'join-withdrawn',
      incarnation: incarnationOf(9),
      reason: 'host-blocked',
    })
  })

  test('of the old replica by hand blocks no host whose new one is there', () => {
    const site = started()
    site.run(joinIntentCommand, returning(9))
    site.admit(incarnationOf(9))
    site.change([{ op: 'remove', id: 3 }])
    expect(site.state.reader.count(hostBlockTable)).toBe(0)
  })

  test('a token for the host lifts the block, and what was counted against it', () => {
    const site = started()
    site.run(joinIntentCommand, returning(9))
    site.admit(incarnationOf(9))
    site.change([{ op: 'remove', id: 4 }], [site.detailsOf(4, { reason: 'ghost' })])
    site.change([{ op: 'remove', id: 3 }])
    expect(reasonOf(site.run(joinIntentCommand, returning(10)))).toBe('host-blocked')
    expect(site.state.reader.get(hostJoinsTable, 's3')?.askedAtMs).toEqual([1000])
    site.token({ tokenId: 'cd'.repeat(8), hostId: 's3' })
    expect(site.state.reader.count(hostJoinsTable)).toBe(0)
    expect(reasonOf(site.run(joinIntentCommand, returning(10)))).toBe('ok')
  })

  test('the last ones are remembered', () => {
    const site = started()
    for (let id = 4; id < 4 + removedMembersMax + 2; id += 1) {
      const details = {
        replicaId: id,
        incarnation: id.toString(16).padStart(32, '0'),
        hostId: `x${id}`,
        raftAddress: `x:${id}`,
      }
      site.change([{ op: 'add-learner', id }], [details])
      site.change([{ op: 'remove', id }], [site.detailsOf(id, { reason: 'ghost' })])
    }
    const { reader } = site.state
    expect(reader.count(removedMemberTable)).toBe(removedMembersMax)
    expect(reader.first(removedMemberTable, 'byAge')?.replicaId).toBe(6)
  })
})

describe('tokens', () => {
  test('are made for a time, and with an id of their own', () => {
    const site = new Site()
    expect(site.token()).toEqual({ ok: true, expiresWallMs: 1_700_000_060_000 })
    expect(site.token()).toEqual({ ok: false, reason: 'token-exists' })
    expect(site.state.reader.get(joinTokenTable, tokenId)?.createdBy).toBe('token:01234567')
  })

  test('that are taken back end the joins they let in', () => {
    const site = started()
    site.run(joinIntentCommand, ask(9))
    site.run(joinIntentCommand, ask(10))
    site.admit(incarnationOf(9))
    expect(site.run(revokeJoinTokenCommand, { tokenId })).toEqual({ ok: true })
    expect(listJoins(site.state.reader).map(({ hostId }) => hostId)).toEqual(['h9'])
    expect(reasonOf(site.run(revokeJoinTokenCommand, { tokenId }))).toBe('token-not-found')
    expect(reasonOf(site.run(joinIntentCommand, ask(10)))).toBe('token-invalid')
  })

  test('are bounded: the first that expired makes room, and one that has not does not', () => {
    const site = new Site()
    const idOf = (n: number): string => n.toString(16).padStart(16, '0')
    for (let n = 0; n < 1000; n += 1) site.token({ tokenId: idOf(n), ttlMs: minuteMs + n })
    expect(reasonOf(site.token())).toBe('too-many-tokens')
    site.wallMs += minuteMs
    expect(reasonOf(site.token())).toBe('ok')
    expect(site.state.reader.get(joinTokenTable, idOf(0))).toBeUndefined()
    expect(reasonOf(site.token({ tokenId: idOf(2000) }))).toBe('too-many-tokens')
  })
})

describe('formats', () => {
  const rows = [
    [
      joinTable,
      {
        incarnation: '0a'.repeat(16),
        hostId: 'h',
        raftAddress: 'h:8003',
        replaces: 'g',
        isLearner: true,
        replicaId: 4,
        hasActed: false,
        askedAtMs: 1000,
        askedWallMs: 2000,
        credential: 'cluster-key',
      },
      '1600203061306130613061306130613061306130613061306130613061306130613061',
      '9c01cd012cc4100a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0aa168a6683a38303033a167c304c2cd03e8cd07d0ab636c75737465722d6b6579',
    ],
    [
      removedMemberTable,
      {
        replicaId: 3,
        hostId: 'h',
        incarnation: '0a'.repeat(16),
        raftAddress: 'h:8003',
        reason: 'decommissioned',
        removedAtIndex: 9,
        removedWallMs: 2000,
      },
      '170000000000000003',
      '9901cd012c03a168c4100a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0aa6683a38303033ae6465636f6d6d697373696f6e656409cd07d0',
    ],
    [
      hostBlockTable,
      { hostId: 'h', reason: 'removed', replicaId: 3, blockedAtIndex: 9 },
      '18000168',
      '9601cd012ca168a772656d6f7665640309',
    ],
    [
      joinTokenTable,
      {
        tokenId,
        secretHash,
        hostId: '',
        isLearner: false,
        usesLeft: 2,
        expiresWallMs: 3000,
        createdBy: 'cert:anna',
      },
      '19001061626162616261626162616261626162',
      '9901cd012cb061626162616261626162616261626162c4200707070707070707070707070707070707070707070707070707070707070707a0c202cd0bb8a9636572743a616e6e61',
    ],
    [hostJoinsTable, { hostId: 'h', askedAtMs: [1, 1000] }, '1b000168', '9401cd012ca1689201cd03e8'],
  ] as const

  test.each(rows)('the bytes of a row are frozen: $name', (table, row, key, value) => {
    const rowBytes = rowKey(table as AnyTable, row)
    const valueBytes = rowValue(table as AnyTable, row, 300)
    expect([toHex(rowBytes), toHex(valueBytes)]).toEqual([key, value])
    expect(decodeRow(table as AnyTable, rowBytes, valueBytes)).toEqual({ row, modIndex: 300 })
  })

  const bodies: readonly (readonly [number, readonly Wire[], string])[] = [
    [
      6,
      joinIntentCommand.encode(returning(9, { replaces: 's2' })),
      '98c41009090909090909090909090909090909a27333ad31302e302e302e333a38303033a27332c2ab636c75737465722d6b6579c40091a86f6c642d6d617468',
    ],
    [
      9,
      createJoinTokenCommand.encode(newToken),
      '96b061626162616261626162616261626162c4200707070707070707070707070707070707070707070707070707070707070707a0c201cdea60',
    ],
    [10, revokeJoinTokenCommand.encode({ tokenId }), '91b061626162616261626162616261626162'],
    [
      13,
      noteJoinCommand.encode({ what: 'acted', incarnation: incarnationOf(9) }),
      '93c41009090909090909090909090909090909a56163746564c0',
    ],
    [
      13,
      noteJoinCommand.encode({
        what: 'withdrawn',
        incarnation: incarnationOf(9),
        reason: 'unreachable',
      }),
      '93c41009090909090909090909090909090909a977697468647261776eab756e726561636861626c65',
    ],
  ]

  test.each(bodies)('the bytes of a command of kind %i are frozen', (_kind, body, bytes) => {
    expect(toHex(pack(body))).toBe(bytes)
  })

  test('kinds are frozen, and bodies come back as they were', () => {
    const commands = [
      joinIntentCommand,
      createJoinTokenCommand,
      revokeJoinTokenCommand,
      noteJoinCommand,
    ]
    expect(commands.map(({ kind, kindVersion }) => [kind, kindVersion])).toEqual([
      [6, 1],
      [9, 1],
      [10, 1],
      [13, 1],
    ])
    const intent = returning(9)
    expect(joinIntentCommand.decode(new FieldReader(joinIntentCommand.encode(intent)))).toEqual(
      intent,
    )
    const token = createJoinTokenCommand.encode(newToken)
    expect(createJoinTokenCommand.decode(new FieldReader(token))).toEqual(newToken)
    const spoilt = [...noteJoinCommand.encode({ what: 'acted', incarnation: incarnationOf(9) })]
    expect(() => noteJoinCommand.decode(new FieldReader([...spoilt.slice(0, 2), 'x']))).toThrow(
      'an acted join has no reason',
    )
  })

  test('what is kept of leaving members is frozen', () => {
    const leaving = new Map([
      [3, 'replaced'],
      [4, 'ghost'],
    ] as const)
    const row = leavingRow(leaving, 77)
    expect(toHex(row.value)).toBe('9201929203a87265706c616365649204a567686f7374')
    expect(row).toMatchObject({ key: 'cluster/leaving', actor: '', writtenWallMs: 77 })
    expect(readLeaving(row)).toEqual(leaving)
    expect(() => readLeaving({ ...row, value: row.value.with(1, 2) })).toThrow('newer version')
    expect(() => readLeaving({ ...row, value: row.value.subarray(0, 4) })).toThrow(
      'leaving members',
    )
  })
})
