import { getEventListeners } from 'node:events'
import { status } from '@grpc/grpc-js'
import { afterEach, expect, test } from 'vitest'
import { CodedError, nullLogger } from '../base/index.ts'
import { DfError, refusalError, StatusError } from '../proto/index.ts'
import type { clusterV1, schedulerV1, schedulerV2 } from '../proto/index.ts'
import { ProcessHeap, SystemClock, systemRandom } from '../runtime/index.ts'
import { startFakeScheduler } from './fake-scheduler.suite.ts'
import type { FakeScheduler, FakeStream } from './fake-scheduler.suite.ts'
import {
  askedMembers,
  ClientClosedError,
  isCancelled,
  noSecurity,
  SchedulerClient,
  SchedulerUnavailableError,
} from './index.ts'
import { clientStreamMessagesMax } from './limits.ts'
import type {
  AnnouncePeerStream,
  MemberSource,
  PieceResultStream,
  SchedulerClientOptions,
  StreamEnd,
} from './index.ts'

const cleanups: (() => void)[] = []
afterEach(() => {
  for (const cleanup of cleanups.splice(0).toReversed()) cleanup()
})

/** A fake that ends with the test. */
async function startFake(port = 0): Promise<FakeScheduler> {
  const fake = await startFakeScheduler(port)
  cleanups.push(fake.stop)
  return fake
}

const ignore = { onMessage: () => {}, onEnd: () => {} }

function source(text: string, resolve: () => Promise<readonly string[]>): MemberSource {
  return { text, known: [], resolve }
}

function deferred<T>(): { readonly promise: Promise<T>; resolve: (value: T) => void } {
  let resolve!: (value: T) => void
  const promise = new Promise<T>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}

function connect(
  addresses: readonly (string | MemberSource)[],
  options: Partial<SchedulerClientOptions> = {},
): SchedulerClient {
  const deps = { clock: new SystemClock(), random: systemRandom().random, logger: nullLogger }
  const client = new SchedulerClient(deps, { addresses, deadlineMs: 20_000, ...options })
  cleanups.push(() => client.close())
  return client
}

test('calls go to the leader that replies name', async () => {
  const [one, two] = [await startFake(), await startFake()]
  for (const fake of [one, two]) fake.hint = { leader: two.address, term: 3 }
  const client = connect([one.address])
  await client.leaveTask({ taskId: 't', peerId: 'p' })
  expect(client.leader).toBe(two.address)
  expect(client.addresses).toEqual([one.address, two.address])
  for (let i = 0; i < 3; i += 1) await client.leaveHost({ id: 'h' })
  expect(one.calls).toEqual(['LeaveTask'])
  expect(two.calls).toEqual(['LeaveHost', 'LeaveHost', 'LeaveHost'])
})

test('who waits for members is told of the first that is known, or that there is none', async () => {
  const { promise, resolve } = deferred<readonly string[]>()
  const client = connect([source('late', () => promise)])
  await expect(client.known({ deadlineMs: 1 })).rejects.toBeInstanceOf(SchedulerUnavailableError)
  const waiting = client.known()
  resolve(['127.0.0.1:1'])
  expect(await waiting).toEqual(['127.0.0.1:1'])
})

test('a dead leader is left for another member within one call', async () => {
  const [one, two] = [await startFake(), await startFake()]
  for (const fake of [one, two]) fake.hint = { leader: one.address, term: 1 }
  const client = connect([one.address, two.address])
  await client.statTask({ taskId: 't' })
  expect(client.leader).toBe(one.address)
  one.stop()
  two.hint = { leader: two.address, term: 2 }
  two.on('StatTask', () => ({ id: 't', state: 'Succeeded', hasAvailablePeer: true }))
  const task = await client.statTask({ taskId: 't' })
  expect(task).toMatchObject({ state: 'Succeeded', hasAvailablePeer: true })
  expect(client.leader).toBe(two.address)
})

test('a refusal for lack of a leader is tried again until one is there', async () => {
  const one = await startFake()
  let refusals = 3
  one.on('AnnounceTask', () => {
    refusals -= 1
    if (refusals >= 0) throw refusalError('not-leader')
    return {}
  })
  const client = connect([one.address])
  await client.announceTask({ taskId: 't' })
  expect(one.calls).toHaveLength(4)
})

test('an overloaded member is asked again after a pause, and 5007 elsewhere', async () => {
  const one = await startFake()
  const answers = [refusalError('overloaded'), new DfError(5007, 'register again')]
  one.on('ReportPeerResult', () => {
    const failure = answers.shift()
    if (failure !== undefined) throw failure
    return {}
  })
  const client = connect([one.address])
  await client.reportPeerResult({ taskId: 't', peerId: 'p' })
  expect(one.calls).toHaveLength(3)
})

test('other errors are final and keep number and text', async () => {
  const one = await startFake()
  one.on('StatTask', () => {
    throw new DfError(1404, 'no such task')
  })
  one.on('AnnounceHost', () => {
    throw new CodedError('PROTO_FIELD_INVALID', 'port: 1024 to 65534')
  })
  const client = connect([one.address])
  const missing = await client.statTask({ taskId: 't' }).catch((error: unknown) => error)
  expect(missing).toBeInstanceOf(DfError)
  expect(missing).toMatchObject({ dfCode: 1404, message: 'no such task' })
  const invalid = await client.announceHost({}).catch((error: unknown) => error)
  expect(invalid).toBeInstanceOf(StatusError)
  expect(invalid).toMatchObject({
    code: 'PROTO_FIELD_INVALID',
    grpcStatus: status.INVALID_ARGUMENT,
  })
  expect(one.calls).toEqual(['StatTask', 'AnnounceHost'])
  expect([askedMembers(missing), askedMembers(invalid)]).toEqual([[one.address], [one.address]])
  expect(missing).toMatchObject({ cause: { code: status.UNKNOWN } })
  expect(askedMembers(new Error('of somebody else'))).toEqual([])
})

test('a repeat that finds the work done has done it', async () => {
  const [one, two] = [await startFake(), await startFake()]
  for (const fake of [one, two]) fake.hint = { leader: one.address, term: 1 }
  const absent = new CodedError('SCHED_HOST_NOT_FOUND', 'the host does not exist')
  two.on('DeleteHost', () => {
    throw absent
  })
  const client = connect([one.address, two.address])
  await client.leaveHost({ id: 'h' })
  one.on('DeleteHost', () => {
    // Deleted, and gone before it could say so.
    setImmediate(one.stop)
    return 'silence'
  })
  await client.deleteHost({ hostId: 'h' })
  expect(two.calls).toEqual(['DeleteHost'])
  // Whoever deletes what was never there is told.
  await expect(client.deleteHost({ hostId: 'h' })).rejects.toMatchObject({ code: absent.code })
})

test('a member that is hidden is not asked while another one answers', async () => {
  const [hidden, shown] = [await startFake(), await startFake()]
  shown.hint = { leader: shown.address, term: 2 }
  hidden.on('LeaveHost', () => {
    throw new CodedError('SCHED_HIDDEN', 'an operator has hidden this member')
  })
  const client = connect([hidden.address, shown.address])
  for (let i = 0; i < 10; i += 1) await client.leaveHost({ id: 'h' })
  const tasks = Array.from({ length: 32 }, (_, i) => `task-${i}`)
  for (const task of tasks) {
    expect(client.reportPieceResult(task, ignore).address).toBe(shown.address)
  }
  expect(hidden.calls).toEqual(['LeaveHost'])
})

test('with nobody there the call ends at its deadline and says who was asked', async () => {
  const [one, two] = [await startFake(), await startFake()]
  one.stop()
  two.stop()
  const client = connect([one.address, two.address], { deadlineMs: 300 })
  const failure = await client.leaveHost({ id: 'h' }).catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(SchedulerUnavailableError)
  expect(failure).toMatchObject({ code: 'SCHED_UNAVAILABLE' })
  const asked = (failure as SchedulerUnavailableError).addresses
  expect([...asked].sort()).toEqual([one.address, two.address].sort())
})

test('a member that comes back on its port is found again', async () => {
  const one = await startFake()
  const client = connect([one.address])
  await client.leaveHost({ id: 'h' })
  one.stop()
  const call = client.leaveHost({ id: 'h' })
  const again = await startFake(Number(one.address.split(':')[1]))
  await call
  expect(again.calls).toEqual(['LeaveHost'])
})

test('a call that knows nobody waits for a source to name a member', async () => {
  const one = await startFake()
  const named = deferred<readonly string[]>()
  const client = connect([source('late', () => named.promise)])
  expect(() => client.reportPieceResult('t', ignore)).toThrow(SchedulerUnavailableError)
  const call = client.listHosts({})
  named.resolve([one.address])
  await call
  expect(client.addresses).toEqual([one.address])
})

test('a source that never answers delays no call that has a member', async () => {
  const one = await startFake()
  const client = connect([source('hangs', () => new Promise(() => {})), one.address])
  await client.leaveHost({ id: 'h' })
  expect(one.calls).toEqual(['LeaveHost'])
})

test('newly named members are asked when the known ones do not answer', async () => {
  const [gone, fresh] = [await startFake(), await startFake()]
  gone.stop()
  const named = deferred<readonly string[]>()
  const moved = { text: 'moved', known: [gone.address], resolve: () => named.promise }
  const client = connect([moved])
  const call = client.listHosts({})
  named.resolve([fresh.address])
  await call
  expect(client.addresses).toEqual([fresh.address])
})

test('a call is given up by its signal', async () => {
  const one = await startFake()
  const controller = new AbortController()
  one.on('StatTask', () => {
    controller.abort()
    return 'silence'
  })
  const client = connect([one.address])
  const call = client.statTask({ taskId: 't' }, { signal: controller.signal })
  const failure = await call.catch((error: unknown) => error)
  expect(isCancelled(failure)).toBe(true)
})

test('a call that its member cuts short goes on elsewhere', async () => {
  const [one, two] = [await startFake(), await startFake()]
  for (const fake of [one, two]) fake.hint = { leader: one.address, term: 1 }
  const client = connect([one.address, two.address])
  await client.leaveHost({ id: 'h' })
  one.on('StatTask', () => {
    // What a scheduler does when its grace for running calls is over.
    setImmediate(one.stop)
    return 'silence'
  })
  two.on('StatTask', () => ({ id: 't', state: 'Succeeded' }))
  expect(await client.statTask({ taskId: 't' })).toMatchObject({ state: 'Succeeded' })
  expect(one.calls).toEqual(['LeaveHost', 'StatTask'])
})

test('closing the client ends its calls and opens nothing again', async () => {
  const one = await startFake()
  const client = connect([one.address])
  one.on('StatTask', () => {
    setImmediate(() => client.close())
    return 'silence'
  })
  const call = client.statTask({ taskId: 't' })
  await expect(call).rejects.toThrow('the client was closed')
  await expect(client.leaveHost({ id: 'h' })).rejects.toBeInstanceOf(ClientClosedError)
  await expect(client.status(one.address)).rejects.toBeInstanceOf(ClientClosedError)
  expect(() => client.announcePeer('t', ignore)).toThrow(ClientClosedError)
  expect(one.calls).toEqual(['StatTask'])
})

test('stale reads say so in a header, others do not', async () => {
  const one = await startFake()
  const seen: unknown[] = []
  one.on('StatTask', (_, headers) => {
    seen.push(headers.get('x-damselfly-consistency')[0])
    return {}
  })
  const client = connect([one.address])
  await client.statTask({ taskId: 't' }, { consistency: 'stale' })
  await client.statTask({ taskId: 't' })
  expect(seen).toEqual(['stale', undefined])
})

test('status asks exactly the member named, once', async () => {
  const [one, two] = [await startFake(), await startFake()]
  const reply: clusterV1.StatusReply = {
    clusterId: 'c',
    leaderId: 2,
    term: 7,
    selfId: 1,
    members: [{ id: 1, addr: one.address, role: 'follower', state: 'online', pid: 42 }],
  }
  one.on('Status', () => reply)
  two.on('Status', () => {
    throw refusalError('stopped')
  })
  const client = connect([one.address])
  const status1 = await client.status(one.address)
  expect(status1).toMatchObject({ leaderId: 2, term: 7, members: [{ id: 1, pid: 42 }] })
  expect(status1.members[0]!.commit).toBeUndefined()
  await expect(client.status(two.address)).rejects.toMatchObject({ code: 'SCHED_STOPPING' })
  expect(two.calls).toEqual(['Status'])
})

test('bad addresses are refused at once', () => {
  expect(() => connect(['nonsense'])).toThrow(CodedError)
  expect(() => connect([])).toThrow(CodedError)
})

type PieceStream = FakeStream<schedulerV1.PieceResult__Output, schedulerV1.PeerPacket>

test('a piece stream carries results out and packets in', async () => {
  const { address, onStream } = await startFake()
  onStream('ReportPieceResult', (stream: PieceStream) => {
    stream.on('data', ({ taskId, srcPid }) => stream.write({ taskId, srcPid, code: 'Success' }))
    stream.on('end', () => stream.end())
  })
  const client = connect([address])
  const packets: string[] = []
  const end = await new Promise((resolve) => {
    const stream: PieceResultStream = client.reportPieceResult('t', {
      onMessage: (packet) => {
        packets.push(`${packet.srcPid} ${packet.code}`)
        if (packets.length === 2) stream.end()
      },
      onEnd: resolve,
    })
    expect(stream.write({ taskId: 't', srcPid: 'p1', pieceInfo: { pieceNum: -1 } })).toBe(true)
    expect(stream.write({ taskId: 't', srcPid: 'p2' })).toBe(true)
    expect(stream.address).toBe(address)
  })
  expect(end).toEqual({ reason: 'ended', isRetryable: false, error: undefined })
  expect(packets).toEqual(['p1 Success', 'p2 Success'])
})

test('a piece stream ends once with what the scheduler said', async () => {
  const { address, onStream } = await startFake()
  onStream('ReportPieceResult', (stream: PieceStream) => {
    stream.on('data', () => stream.fail(new DfError(5007, 'again')))
  })
  const client = connect([address])
  const ends: unknown[] = []
  const stream = await new Promise<PieceResultStream>((resolve) => {
    const opened = client.reportPieceResult('t', {
      onMessage: () => {},
      onEnd: (end) => {
        ends.push(end)
        resolve(opened)
      },
    })
    opened.write({ srcPid: 'p', pieceInfo: { pieceNum: -1 } })
  })
  expect(stream.write({ srcPid: 'p' })).toBe(false)
  stream.cancel()
  expect(ends).toHaveLength(1)
  expect(ends[0]).toMatchObject({ reason: 'lost', isRetryable: true, error: { dfCode: 5007 } })
})

test('a stream whose member is gone ends UNAVAILABLE and the next one goes elsewhere', async () => {
  const gone = await startFake()
  gone.stop()
  const { address: alive } = await startFake()
  const client = connect([gone.address, alive])
  const tasks = Array.from({ length: 64 }, (_, i) => `task-${i}`)
  const open = (taskId: string): Promise<{ address: string; end: StreamEnd }> =>
    new Promise((resolve) => {
      const stream = client.reportPieceResult(taskId, {
        onMessage: () => {},
        onEnd: (end) => resolve({ address: stream.address, end }),
      })
      stream.end()
    })
  let dead: string | undefined
  for (const task of tasks) {
    const { address, end } = await open(task)
    if (address !== gone.address) continue
    expect(end).toMatchObject({ isRetryable: true, error: { grpcStatus: status.UNAVAILABLE } })
    dead = task
    break
  }
  expect(dead).toBeDefined()
  expect(await open(dead!)).toMatchObject({ address: alive, end: { reason: 'ended' } })
})

test('a stream that is refused for good says so, one that is cancelled as well', async () => {
  const { address, onStream } = await startFake()
  onStream('ReportPieceResult', (stream: PieceStream) => {
    stream.on('data', () => stream.fail(new DfError(1404, 'no such task')))
  })
  const client = connect([address])
  const refused = await new Promise<StreamEnd>((onEnd) => {
    client.reportPieceResult('t', { ...ignore, onEnd }).write({ srcPid: 'p' })
  })
  const error = { dfCode: 1404 }
  expect(refused).toMatchObject({ reason: 'refused', isRetryable: false, error })
  const cancelled = await new Promise<StreamEnd>((onEnd) => {
    client.announcePeer('t', { ...ignore, onEnd }).cancel()
  })
  expect(cancelled).toMatchObject({ reason: 'cancelled', isRetryable: false })
})

test('a stream of API v2 registers, hears of parents and is ended by the scheduler', async () => {
  type Asked = schedulerV2.AnnouncePeerRequest__Output
  type Said = schedulerV2.AnnouncePeerResponse
  const { address, calls, onStream } = await startFake()
  const heard: (string | undefined)[] = []
  onStream('AnnouncePeer', (stream: FakeStream<Asked, Said>) => {
    heard.push(String(stream.metadata.get('authorization')[0]))
    stream.on('data', ({ request }) => {
      heard.push(request)
      if (request === 'registerPeerRequest') {
        stream.write({ normalTaskResponse: { candidateParents: [{ id: 'parent' }] } })
      } else stream.end()
    })
  })
  const client = connect([address], { security: { ...noSecurity, bearerToken: 't0ken' } })
  const ids = { hostId: 'h', taskId: 't', peerId: 'p' }
  const parents: unknown[] = []
  const end = await new Promise<StreamEnd>((onEnd) => {
    const stream: AnnouncePeerStream = client.announcePeer('t', {
      onMessage: (message) => {
        parents.push(...(message.normalTaskResponse?.candidateParents ?? []))
        stream.write({ ...ids, downloadPeerFinishedRequest: {} })
        stream.end()
        expect(stream.write(ids)).toBe(false)
      },
      onEnd,
    })
    stream.write({ ...ids, registerPeerRequest: { download: { url: 'http://o/f' } } })
  })
  expect(end).toEqual({ reason: 'ended', isRetryable: false, error: undefined })
  expect(parents).toMatchObject([{ id: 'parent' }])
  expect(heard).toEqual(['Bearer t0ken', 'registerPeerRequest', 'downloadPeerFinishedRequest'])
  expect(calls).toEqual(['AnnouncePeer'])
})

test('of a stream that has ended nothing is kept', async () => {
  const { address, onStream } = await startFake()
  onStream('AnnouncePeer', (stream: FakeStream<unknown, unknown>) => stream.end())
  const client = connect([address])
  const heap = new ProcessHeap()
  const refs: WeakRef<object>[] = []
  for (let i = 0; i < 20; i += 1) {
    await new Promise<void>((resolve) => {
      refs.push(
        new WeakRef(client.announcePeer('t', { onMessage: () => {}, onEnd: () => resolve() })),
      )
    })
  }
  const kept = (): number => {
    heap.collect()
    return refs.filter((ref) => ref.deref() !== undefined).length
  }
  // The last one may still be on somebody's stack.
  await expect.poll(kept, { interval: 20, timeout: 20_000 }).toBeLessThan(5)
})

test('a stream takes only so much that is not sent yet', async () => {
  const { address, onStream } = await startFake()
  onStream('AnnouncePeer', () => {})
  const client = connect([address])
  const stream = client.announcePeer('t', ignore)
  const request = { hostId: 'h', taskId: 't', peerId: 'p'.repeat(1_000) }
  let written = 0
  while (stream.write(request)) written += 1
  expect(written).toBeGreaterThan(0)
  expect(written).toBeLessThanOrEqual(clientStreamMessagesMax)
  stream.cancel()
})

test('the calls of API v2 reach their methods', async () => {
  const one = await startFake()
  const client = connect([one.address])
  one.on('StatPeer', () => ({ id: 'p' }))
  one.on('StatTask', () => ({ id: 't', peerCount: 3 }))
  const peer = { hostId: 'h', taskId: 't', peerId: 'p' }
  expect(await client.statPeer(peer)).toMatchObject({ id: 'p' })
  expect(await client.statTaskV2({ hostId: 'h', taskId: 't' })).toMatchObject({ peerCount: 3 })
  await client.deletePeer(peer)
  await client.deleteTask({ hostId: 'h', taskId: 't' })
  expect(one.calls).toEqual(['StatPeer', 'StatTask', 'DeletePeer', 'DeleteTask'])
})

test('a closed client leaves no call, stream, timer, listener or socket behind', async () => {
  const resources = (): number => {
    // What a test runner holds itself comes and goes.
    const own = /TCPSocketWrap|TCPConnectWrap|GetAddrInfoReqWrap|Timeout/
    return process.getActiveResourcesInfo().filter((name) => own.test(name)).length
  }
  const one = await startFake()
  one.on('StatTask', () => 'silence')
  one.onStream('AnnouncePeer', () => {})
  const before = resources()
  const hangs = source('hangs', () => new Promise(() => {}))
  const deps = { clock: new SystemClock(), random: systemRandom().random, logger: nullLogger }
  const client = new SchedulerClient(deps, { addresses: [one.address, hangs] })
  const controller = new AbortController()
  const { signal } = controller
  const call = client.statTask({ taskId: 't' }, { signal }).catch((error: unknown) => error)
  const end = new Promise<StreamEnd>((onEnd) => {
    client.announcePeer('t', { ...ignore, onEnd })
  })
  await expect.poll(() => one.calls.length, { interval: 5, timeout: 10_000 }).toBe(2)
  expect(getEventListeners(signal, 'abort')).toHaveLength(1)
  client.close()
  expect(await call).toBeInstanceOf(SchedulerUnavailableError)
  expect(await end).toMatchObject({ reason: 'cancelled' })
  expect(getEventListeners(signal, 'abort')).toEqual([])
  one.stop()
  await expect.poll(resources, { interval: 5, timeout: 10_000 }).toBeLessThanOrEqual(before)
})
