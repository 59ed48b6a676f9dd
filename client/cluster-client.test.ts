import { afterEach, expect, test } from 'vitest'
import { CodedError, nullLogger } from '../base/index.ts'
import { SystemClock, systemRandom } from '../runtime/index.ts'
import { ClusterClient } from './cluster-client.ts'
import { startFakeScheduler } from './fake-scheduler.suite.ts'
import type { FakeScheduler } from './fake-scheduler.suite.ts'

const cleanups: (() => void)[] = []
afterEach(() => {
  for (const cleanup of cleanups.splice(0).toReversed()) cleanup()
})

async function startFake(): Promise<FakeScheduler> {
  const fake = await startFakeScheduler()
  cleanups.push(fake.stop)
  return fake
}

function connect(fakes: readonly FakeScheduler[], deadlineMs = 20_000): ClusterClient {
  const deps = { clock: new SystemClock(), random: systemRandom().random, logger: nullLogger }
  const addresses = fakes.map(({ address }) => address)
  const client = new ClusterClient(deps, { addresses, deadlineMs })
  cleanups.push(() => client.close())
  return client
}

const plan = {
  steps: ['Take s3 out.'],
  warnings: [],
  before: { voters: 3, quorum: 2, active: 3, canLose: 1 },
  after: { voters: 2, quorum: 2, active: 2, canLose: 0 },
}

const notLeader = (): never => {
  throw new CodedError('SCHED_NOT_LEADER', 'ask the leader')
}

/** Agrees to every dry run; else does what `change` does at each further call. */
function leads(fake: FakeScheduler, ...changes: (() => unknown)[]): void {
  fake.on('ChangeMember', (request) => {
    if ((request as { dryRun: boolean }).dryRun) return { index: 0, plan }
    const change = changes.length > 1 ? changes.shift() : changes[0]
    return change?.()
  })
}

const done = (): unknown => ({ index: 7, plan })
const remove = { action: 'REMOVE', id: 3, reason: 'old' } as const

test('a change goes to the leader that the others name', async () => {
  const [one, two] = [await startFake(), await startFake()]
  one.on('ChangeMember', notLeader)
  leads(two, done)
  for (const fake of [one, two]) fake.hint = { leader: two.address, term: 4 }
  const made = await connect([one]).changeMember(remove)
  expect(made).toMatchObject({ index: 7, plan: { steps: ['Take s3 out.'] } })
  expect(one.calls).toEqual(['ChangeMember'])
})

test('a dry run asks once and changes nothing', async () => {
  const one = await startFake()
  const asked: unknown[] = []
  one.on('ChangeMember', (request) => {
    asked.push((request as { dryRun: boolean }).dryRun)
    return { index: 0, plan }
  })
  expect(await connect([one]).changeMember({ ...remove, dryRun: true })).toMatchObject({
    index: 0,
    plan: { after: { canLose: 0 } },
  })
  expect(asked).toEqual([true])
})

test('leadership handed on in the middle is followed, also while nobody is named', async () => {
  const [one, two, three] = [await startFake(), await startFake(), await startFake()]
  one.hint = { leader: one.address, term: 4 }
  leads(one, () => {
    // It has handed over, and drains: nobody names it.
    for (const fake of [one, two, three]) fake.hint = { leader: '', term: 5 }
    one.on('ChangeMember', notLeader)
    return notLeader()
  })
  two.on('ChangeMember', notLeader)
  leads(three, done)
  const made = await connect([one, two, three]).changeMember({ ...remove, id: 1 })
  expect(made.index).toBe(7)
})

test.each(['SCHED_CHANGE_IN_PROGRESS', 'SCHED_MEMBER_DRAINING', 'SCHED_TRANSFER_FAILED'])(
  '%s passes: the leader is asked again',
  async (code) => {
    const one = await startFake()
    const busy = (): never => {
      throw new CodedError(code, 'not yet')
    }
    leads(one, busy, busy, done)
    expect((await connect([one]).changeMember(remove)).index).toBe(7)
  },
)

test('a token that is found revoked after an answer was lost has been revoked', async () => {
  const one = await startFake()
  const absent = new CodedError('SCHED_TOKEN_NOT_FOUND', 'there is no join token')
  const answers = [new CodedError('SCHED_UNKNOWN_OUTCOME', 'leadership was lost')]
  one.on('RevokeJoinToken', () => {
    throw answers.shift() ?? absent
  })
  const client = connect([one])
  await client.revokeJoinToken('t')
  await expect(client.revokeJoinToken('t')).rejects.toMatchObject({ code: absent.code })
  expect(one.calls).toHaveLength(3)
})

test('who finds the work done after an answer was lost has succeeded', async () => {
  const one = await startFake()
  const lost = (): never => {
    throw new CodedError('SCHED_UNKNOWN_OUTCOME', 'leadership was lost')
  }
  const gone = (): never => {
    throw new CodedError('SCHED_MEMBER_NOT_FOUND', 'there is no member 3')
  }
  leads(one, lost, gone)
  expect(await connect([one]).changeMember(remove)).toMatchObject({ index: 0, plan })
})

test('a refusal is final at once, and a lost member never makes one a success', async () => {
  const [dead, one] = [await startFake(), await startFake()]
  one.on('ChangeMember', () => {
    throw new CodedError('SCHED_MEMBER_NOT_FOUND', 'there is no member 99')
  })
  const client = connect([dead, one])
  dead.stop()
  await expect(client.changeMember({ ...remove, id: 99 })).rejects.toMatchObject({
    code: 'SCHED_MEMBER_NOT_FOUND',
  })
  expect(one.calls).toEqual(['ChangeMember'])
})

test('gives up when its time is over, with the last reason', async () => {
  const one = await startFake()
  one.on('ChangeMember', notLeader)
  await expect(connect([one], 300).changeMember(remove)).rejects.toMatchObject({
    code: 'SCHED_UNAVAILABLE',
    message: 'not done within 300 ms: ask the leader',
  })
})

test('tokens are made anywhere and taken back once', async () => {
  const one = await startFake()
  one.on('CreateJoinToken', () => ({ token: 'dfj1.x', tokenId: 'x', expiresWallMs: 5 }))
  const client = connect([one])
  expect(await client.createJoinToken({ hostId: 's4' })).toMatchObject({ token: 'dfj1.x' })
  await client.revokeJoinToken('00'.repeat(8))
  expect(one.calls).toEqual(['CreateJoinToken', 'RevokeJoinToken'])
})

test('views may be asked of anyone, stale ones too', async () => {
  const one = await startFake()
  const asked: unknown[] = []
  one.on('Nodes', (request, headers) => {
    asked.push([request, headers.get('x-damselfly-consistency')])
    return { index: 5, configurationId: 1, nodes: [{ id: 1, state: 'hidden' }] }
  })
  const client = connect([one])
  expect((await client.nodes(true, { consistency: 'stale' })).nodes[0]?.state).toBe('hidden')
  expect((await client.nodes(false)).index).toBe(5)
  expect(asked).toEqual([
    [{ all: true }, ['stale']],
    [{ all: false }, []],
  ])
})

test('an overview teaches the client who else there is', async () => {
  const [one, two] = [await startFake(), await startFake()]
  const members = [one, two].map(({ address }, i) => ({
    id: i + 1,
    addr: address,
    hostId: `s${i}`,
  }))
  one.on('Status', () => ({ clusterId: 'c', term: 1, selfId: 1, members }))
  two.on('Status', () => ({ clusterId: 'c', term: 1, selfId: 2, members }))
  one.on('ChangeMember', notLeader)
  leads(two, done)
  const client = connect([one])
  expect((await client.overview()).members.map(({ isReachable }) => isReachable)).toEqual([
    true,
    true,
  ])
  expect((await client.changeMember(remove)).index).toBe(7)
  expect(client.addresses).toEqual([one.address, two.address])
})

test('an address that is none is refused', () => {
  const deps = { clock: new SystemClock(), random: systemRandom().random, logger: nullLogger }
  for (const addresses of [[], ['nowhere']]) {
    expect(() => new ClusterClient(deps, { addresses, deadlineMs: 1 })).toThrow(
      // A command that was given one ends with 2: wrong usage.
      expect.objectContaining({ code: 'CONF_ADDRESS', name: 'UsageError' }),
    )
  }
})
