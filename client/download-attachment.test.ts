import { afterEach, expect, test } from 'vitest'
import { CodedError, nullLogger, Prng } from '../base/index.ts'
import { StatusError } from '../proto/index.ts'
import type { schedulerV2 } from '../proto/index.ts'
import { SystemClock } from '../runtime/index.ts'
import { startFakeScheduler } from './fake-scheduler.suite.ts'
import type { FakeScheduler, FakeStream } from './fake-scheduler.suite.ts'
import { DownloadAttachment, SchedulerClient } from './index.ts'
import type { MemberSource } from './index.ts'

type Asked = schedulerV2.AnnouncePeerRequest__Output
type Stream = FakeStream<Asked, schedulerV2.AnnouncePeerResponse>

const cleanups: (() => void)[] = []
afterEach(() => {
  for (const cleanup of cleanups.splice(0).toReversed()) cleanup()
})

const ids = { hostId: 'h', taskId: 't', peerId: 'p' }
const download = { url: 'http://origin.example/file' }
const poll = { interval: 5, timeout: 20_000 }

interface FakeMember extends FakeScheduler {
  readonly heard: string[]
  /** Streams that their client has cancelled. */
  readonly cancelled: string[]
}

/** Names itself as the parent of whoever registers; ends a download that says it has finished. */
async function startMember(name: string, refusals: unknown[] = []): Promise<FakeMember> {
  const fake = await startFakeScheduler()
  cleanups.push(fake.stop)
  const heard: string[] = []
  const cancelled: string[] = []
  fake.onStream('AnnouncePeer', (stream: Stream) => {
    stream.on('cancelled', () => cancelled.push(name))
    stream.on('data', ({ hostId, taskId, peerId, request, registerPeerRequest }) => {
      expect({ hostId, taskId, peerId }).toEqual(ids)
      heard.push(String(request))
      const refusal = refusals.shift()
      if (refusal !== undefined) stream.fail(refusal)
      else if (registerPeerRequest) {
        expect(registerPeerRequest.download).toMatchObject(download)
        stream.write({ normalTaskResponse: { candidateParents: [{ id: name }] } })
      } else if (request === 'downloadPeerFinishedRequest') stream.end()
    })
  })
  return Object.assign(fake, { heard, cancelled })
}

interface Attached {
  readonly scheduler: SchedulerClient
  readonly attachment: DownloadAttachment
  readonly parents: string[]
  readonly losses: Error[]
  readonly ends: (Error | undefined)[]
}

function attach(addresses: readonly (string | MemberSource)[]): Attached {
  const deps = { clock: new SystemClock(), random: new Prng('attach'), logger: nullLogger }
  const scheduler = new SchedulerClient(deps, { addresses })
  const parents: string[] = []
  const losses: Error[] = []
  const ends: (Error | undefined)[] = []
  const attachment = new DownloadAttachment(
    { ...deps, scheduler },
    { ...ids, download },
    {
      onResponse: ({ normalTaskResponse }) => {
        parents.push(...(normalTaskResponse?.candidateParents ?? []).map(({ id }) => id))
      },
      onLost: (error) => losses.push(error),
      onEnd: (error) => ends.push(error),
    },
  )
  cleanups.push(() => scheduler.close())
  cleanups.push(() => attachment.close())
  attachment.open()
  return { attachment, scheduler, parents, losses, ends }
}

test('a download registers, hears of its parents and is ended by the scheduler', async () => {
  const member = await startMember('one')
  const { attachment, parents, losses, ends } = attach([member.address])
  await expect.poll(() => parents, poll).toEqual(['one'])
  expect(attachment.address).toBe(member.address)
  expect(attachment.send({ downloadPeerStartedRequest: {} })).toBe(true)
  expect(attachment.send({ downloadPeerFinishedRequest: {} })).toBe(true)
  await expect.poll(() => ends, poll).toEqual([undefined])
  expect(attachment.send({ downloadPeerStartedRequest: {} })).toBe(false)
  const said = ['registerPeerRequest', 'downloadPeerStartedRequest', 'downloadPeerFinishedRequest']
  expect([member.heard, losses]).toEqual([said, []])
})

test('when its member dies it registers at another one under the same ids', async () => {
  const members = [await startMember('one'), await startMember('two')]
  const attached = attach(members.map(({ address }) => address))
  const { attachment, parents, losses, ends } = attached
  await expect.poll(() => parents.length, poll).toBe(1)
  const first = members.find(({ address }) => address === attachment.address)!
  const second = members.find((member) => member !== first)!
  first.stop()
  await expect.poll(() => parents.length, poll).toBe(2)
  expect(attachment.address).toBe(second.address)
  expect(second.heard).toEqual(['registerPeerRequest'])
  expect([losses.length, ends]).toEqual([1, []])
})

test('an attachment that was lost is made again, a refusal for good is told once', async () => {
  const lost = new CodedError('SCHED_JOIN_PENDING', 'not now')
  const refused = new CodedError('SCHED_HOST_NOT_FOUND', 'the host does not exist')
  const member = await startMember('one', [lost, lost, refused])
  const { parents, losses, ends } = attach([member.address])
  await expect.poll(() => ends, poll).toMatchObject([{ code: refused.code }])
  expect(ends[0]).toBeInstanceOf(StatusError)
  expect(losses).toHaveLength(2)
  expect([parents, member.heard.length]).toEqual([[], 3])
})

test('opened before a member is known it waits for one', async () => {
  const member = await startMember('one')
  let tell: (addresses: readonly string[]) => void = () => {}
  const named = new Promise<readonly string[]>((resolve) => {
    tell = resolve
  })
  const { attachment, parents } = attach([{ text: 'late', known: [], resolve: () => named }])
  expect(attachment.address).toBeUndefined()
  expect(attachment.send({ downloadPeerStartedRequest: {} })).toBe(false)
  tell([member.address])
  await expect.poll(() => parents, poll).toEqual(['one'])
})

test('closed it says nothing more', async () => {
  const member = await startMember('one', [new CodedError('SCHED_JOIN_PENDING', 'not now')])
  const { attachment, parents, losses, ends } = attach([member.address])
  await expect.poll(() => losses, poll).toHaveLength(1)
  attachment.close()
  const other = attach([member.address])
  await expect.poll(() => other.parents, poll).toEqual(['one'])
  expect([parents, ends, member.heard]).toEqual([[], [], Array(2).fill('registerPeerRequest')])
})

test('closed it cancels its stream, and is not told of that', async () => {
  const member = await startMember('one')
  const { attachment, parents, losses, ends } = attach([member.address])
  await expect.poll(() => parents, poll).toEqual(['one'])
  attachment.close()
  expect(attachment.address).toBeUndefined()
  await expect.poll(() => member.cancelled, poll).toEqual(['one'])
  expect([losses, ends]).toEqual([[], []])
})

test('with its client it ends, also while it waits to open again', async () => {
  const member = await startMember('one', [new CodedError('SCHED_JOIN_PENDING', 'not now')])
  for (const hasLost of [true, false]) {
    const { scheduler, parents, losses, ends } = attach([member.address])
    await expect.poll(() => (hasLost ? losses : parents), poll).toHaveLength(1)
    scheduler.close()
    await expect.poll(() => ends, poll).toHaveLength(1)
    expect(ends[0]).toBeInstanceOf(Error)
  }
})
