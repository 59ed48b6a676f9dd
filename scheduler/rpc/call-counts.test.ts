import { Metadata, status } from '@grpc/grpc-js'
import { expect, test } from 'vitest'
import { VirtualClock } from '../../base/index.ts'
import { CallCounts } from './call-counts.ts'

type BaseCall = Parameters<CallCounts['interceptor']>[1]
type Listener = Parameters<BaseCall['start']>[0]
type Method = Parameters<CallCounts['interceptor']>[0]

const clock = new VirtualClock({ settle: () => Promise.resolve(), wallStartMs: 1_000_000 })
const method = { path: '/a.B/C', requestStream: true, responseStream: false } as Method
const ignore = (): void => {}
const listener: Listener = {
  onReceiveMetadata: ignore,
  onReceiveMessage: ignore,
  onReceiveHalfClose: ignore,
  onCancel: ignore,
}

/** A call below the interceptor; the test says when it is closed. */
class FakeCall {
  readonly deadline: number
  close: () => void = ignore
  listener = listener

  constructor(deadline = Infinity) {
    this.deadline = deadline
  }

  start(heard: Listener): void {
    this.listener = heard
    this.close = () => heard.onCancel()
  }

  getDeadline(): number {
    return this.deadline
  }

  sendStatus(): void {}
}

function serve(counts: CallCounts, base: FakeCall): ReturnType<CallCounts['interceptor']> {
  const call = counts.interceptor(method, base as unknown as BaseCall)
  call.start(listener)
  return call
}

const codes = (counts: CallCounts): Record<string, number> => {
  const family = counts.families().find(({ name }) => name === 'grpc_server_handled_total')!
  return Object.fromEntries(
    family.samples.map(({ labels, value }) => [labels!['grpc_code']!, value]),
  )
}

test('a call counts once, by its status, or by how it was cut off', () => {
  const counts = new CallCounts({ clock })
  const [answered, cancelled, late] = [new FakeCall(), new FakeCall(), new FakeCall(1_000_000)]
  serve(counts, answered).sendStatus({ code: status.NOT_FOUND, details: '' })
  // Every call is closed in the end.
  answered.close()
  const given = serve(counts, cancelled)
  cancelled.close()
  given.sendStatus({ code: status.OK, details: '' })
  serve(counts, late)
  late.close()
  expect(codes(counts)).toEqual({ NotFound: 1, Canceled: 1, DeadlineExceeded: 1 })
  const started = counts.families()[0]!
  expect(started.samples).toEqual([
    { labels: { grpc_type: 'client_stream', grpc_service: 'a.B', grpc_method: 'C' }, value: 3 },
  ])
})

test('what comes in reaches whoever serves the call', () => {
  const base = new FakeCall()
  const call = new CallCounts({ clock }).interceptor(method, base as unknown as BaseCall)
  const heard: unknown[] = []
  call.start({
    onReceiveMetadata: (metadata) => heard.push(metadata),
    onReceiveMessage: (message) => heard.push(message),
    onReceiveHalfClose: () => heard.push('half-close'),
    onCancel: () => heard.push('cancel'),
  })
  const metadata = new Metadata()
  base.listener.onReceiveMetadata(metadata)
  base.listener.onReceiveMessage('message')
  base.listener.onReceiveHalfClose()
  base.listener.onCancel()
  expect(heard).toEqual([metadata, 'message', 'half-close', 'cancel'])
})

test('durations fall into the buckets of Prometheus clients', async () => {
  const counts = new CallCounts({ clock })
  for (const ms of [5, 6, 20_000]) {
    const call = serve(counts, new FakeCall())
    await clock.advance(ms)
    call.sendStatus({ code: status.OK, details: '' })
  }
  const { samples } = counts.families().find(({ type }) => type === 'histogram')!
  const of = (le: string): number | undefined => {
    return samples.find(({ labels }) => labels!['le'] === le)?.value
  }
  expect([of('0.005'), of('0.01'), of('10'), of('+Inf')]).toEqual([1, 2, 2, 3])
  expect(samples.find(({ suffix }) => suffix === '_sum')?.value).toBe(20.011)
})
