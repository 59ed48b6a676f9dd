import { afterEach, expect, test } from 'vitest'
import { nullLogger, Prng } from '../base/index.ts'
import { DfError } from '../proto/index.ts'
import type { schedulerV1 } from '../proto/index.ts'
import { SystemClock } from '../runtime/index.ts'
import { startFakeScheduler } from './fake-scheduler.suite.ts'
import type { FakeScheduler, FakeStream } from './fake-scheduler.suite.ts'
import {
  beginOfPiece,
  ClientClosedError,
  endOfPiece,
  PeerAttachment,
  SchedulerClient,
} from './index.ts'

type Stream = FakeStream<schedulerV1.PieceResult__Output, schedulerV1.PeerPacket>

const cleanups: (() => void)[] = []
afterEach(() => {
  for (const cleanup of cleanups.splice(0).toReversed()) cleanup()
})

const request = { taskId: 't', peerId: 'p', url: 'http://origin/file' }
const poll = { interval: 5, timeout: 20_000 }

/** A member that answers every begin-of-piece with a parent of its own name. */
async function startMember(name: string, refusals: unknown[] = []): Promise<FakeScheduler> {
  const fake = await startFakeScheduler()
  cleanups.push(fake.stop)
  fake.on('RegisterPeerTask', (asked) => {
    expect(asked).toMatchObject(request)
    return { taskId: 't', sizeScope: 'NORMAL' }
  })
  fake.onStream('ReportPieceResult', (stream: Stream) => {
    stream.on('cancelled', () => fake.calls.push('cancelled'))
    stream.on('end', () => stream.end())
    stream.on('data', ({ srcPid, pieceInfo }) => {
      fake.calls.push(`${srcPid} ${pieceInfo?.pieceNum}`)
      const refusal = refusals.shift()
      if (refusal !== undefined) stream.fail(refusal)
      else if (pieceInfo?.pieceNum === beginOfPiece) {
        stream.write({ code: 'Success', mainPeer: { peerId: name } })
      }
    })
  })
  return fake
}

interface Attached {
  readonly attachment: PeerAttachment
  readonly scheduler: SchedulerClient
  readonly parents: (string | undefined)[]
  readonly losses: Error[]
  readonly refusals: Error[]
}

async function attach(members: readonly FakeScheduler[]): Promise<Attached> {
  const deps = { clock: new SystemClock(), random: new Prng('attach'), logger: nullLogger }
  const addresses = members.map(({ address }) => address)
  const scheduler = new SchedulerClient(deps, { addresses })
  const parents: (string | undefined)[] = []
  const losses: Error[] = []
  const refusals: Error[] = []
  const attachment = new PeerAttachment(
    { ...deps, scheduler },
    { request },
    {
      onPacket: ({ mainPeer }) => parents.push(mainPeer?.peerId),
      onLost: (error) => losses.push(error),
      onRefused: (error) => refusals.push(error),
    },
  )
  cleanups.push(() => scheduler.close())
  cleanups.push(() => attachment.close())
  await attachment.register(10_000)
  attachment.open()
  return { attachment, scheduler, parents, losses, refusals }
}

test('a peer registers, hears of its parents, reports pieces and its result', async () => {
  const member = await startMember('one')
  const { attachment, parents } = await attach([member])
  await expect.poll(() => parents, poll).toEqual(['one'])
  expect(attachment.address).toBe(member.address)
  expect(attachment.report({ pieceInfo: { pieceNum: 0 }, success: true })).toBe(true)
  member.on('ReportPeerResult', (result) => {
    expect(result).toMatchObject({ taskId: 't', peerId: 'p', success: true })
    return {}
  })
  await attachment.finish({ success: true }, { deadlineMs: 10_000 })
  expect(attachment.report({ pieceInfo: { pieceNum: 1 } })).toBe(false)
  const said = [`p ${beginOfPiece}`, 'p 0', `p ${endOfPiece}`]
  await expect.poll(() => member.calls.filter((call) => call.startsWith('p ')), poll).toEqual(said)
  expect(member.calls).toContain('ReportPeerResult')
})

test('when its member dies the peer is attached to another one under the same id', async () => {
  const members = [await startMember('one'), await startMember('two')]
  const { attachment, parents, refusals } = await attach(members)
  await expect.poll(() => parents.length, poll).toBe(1)
  const first = members.find(({ address }) => address === attachment.address)!
  const second = members.find((member) => member !== first)!
  first.stop()
  await expect.poll(() => parents.length, poll).toBe(2)
  expect(attachment.address).toBe(second.address)
  expect(new Set(parents)).toEqual(new Set(['one', 'two']))
  expect(second.calls).toContain('RegisterPeerTask')
  expect(refusals).toEqual([])
})

test('told to register again it does, as often as it is told', async () => {
  const again = new DfError(5007, 'register again')
  const member = await startMember('one', [again, again])
  const { parents, refusals } = await attach([member])
  await expect.poll(() => parents, poll).toEqual(['one'])
  expect(member.calls.filter((call) => call === 'RegisterPeerTask')).toHaveLength(3)
  expect(refusals).toEqual([])
})

test('refused for good it says so once and does not register again', async () => {
  const member = await startMember('one', [new DfError(1404, 'no such task')])
  const { attachment, refusals, losses } = await attach([member])
  await expect.poll(() => refusals, poll).toMatchObject([{ dfCode: 1404 }])
  expect(member.calls.filter((call) => call === 'RegisterPeerTask')).toHaveLength(1)
  expect(losses).toEqual([])
  // That it failed can still be told.
  await attachment.finish({ success: false }, { deadlineMs: 10_000 })
  expect(member.calls).toContain('ReportPeerResult')
})

test('refused when it registers again, it says so as well', async () => {
  const member = await startMember('one', [new DfError(5007, 'register again')])
  const { refusals } = await attach([member])
  member.on('RegisterPeerTask', () => {
    throw new DfError(5008, 'forbidden')
  })
  await expect.poll(() => refusals, poll).toMatchObject([{ dfCode: 5008 }])
})

test('closed while it registers again it says nothing more', async () => {
  const member = await startMember('one', [new DfError(5007, 'register again')])
  const attached = await attach([member])
  member.on('RegisterPeerTask', () => {
    attached.attachment.close()
    return 'silence'
  })
  const registrations = (): number =>
    member.calls.filter((call) => call === 'RegisterPeerTask').length
  await expect.poll(registrations, poll).toBe(2)
  await expect(attached.attachment.register(1_000)).rejects.toMatchObject({
    code: 'PROTO_CANCELLED',
  })
  const { parents, losses, refusals } = attached
  expect([parents, losses, refusals]).toEqual([[], [], []])
})

test('closed it cancels its stream, and is not told of that', async () => {
  const member = await startMember('one')
  const { attachment, parents, losses, refusals } = await attach([member])
  expect(attachment.isRegistered).toBe(true)
  await expect.poll(() => parents, poll).toEqual(['one'])
  attachment.close()
  expect(attachment.address).toBeUndefined()
  await expect.poll(() => member.calls, poll).toContain('cancelled')
  expect([losses, refusals]).toEqual([[], []])
})

test('with its client it ends', async () => {
  const member = await startMember('one')
  const { attachment, scheduler, parents, refusals, losses } = await attach([member])
  await expect.poll(() => parents, poll).toEqual(['one'])
  scheduler.close()
  await expect.poll(() => refusals, poll).toHaveLength(1)
  expect(refusals[0]).toBeInstanceOf(ClientClosedError)
  await expect(attachment.register(1_000)).rejects.toBeInstanceOf(ClientClosedError)
  expect(losses).toEqual([])
})
