// One ReportPieceResult stream over a call and answers made up: what of it is left behind.
import { EventEmitter } from 'node:events'
import { expect, test } from 'vitest'
import { nullLogger, VirtualClock } from '../../base/index.ts'
import type { schedulerV1 } from '../../proto/index.ts'
import { streamFailuresMax } from './limits.ts'
import { PieceStream } from './piece-stream.ts'
import type { PieceCall, PieceStreamDeps } from './piece-stream.ts'
import { PrometheusRequestMetrics } from './prometheus-metrics.ts'

/** grpc-js's side of a stream, as far as it is used. */
class FakeCall extends EventEmitter {
  #isPaused = false

  sendMetadata(): void {}

  end(): void {}

  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
  }

  isPaused(): boolean {
    return this.#isPaused
  }
}

interface Opened {
  readonly call: FakeCall
  readonly routed: ReadonlySet<number>
  readonly done: readonly string[]
  /** Answers the commands that are on their way. */
  readonly answer: () => Promise<void>
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

function open(): Opened {
  const call = new FakeCall()
  const routed = new Set<number>()
  const done: string[] = []
  const waiting: ((answer: unknown) => void)[] = []
  const propose = ({ name }: { readonly name: string }): Promise<unknown> => {
    done.push(name)
    return new Promise((resolve) => waiting.push(resolve))
  }
  const deps: Partial<PieceStreamDeps> = {
    call: call as unknown as PieceCall,
    clock: new VirtualClock({ settle: turn }),
    logger: nullLogger,
    metrics: new PrometheusRequestMetrics({ countHostTraffic: false }),
    commands: { sessionId: 7, propose } as unknown as PieceStreamDeps['commands'],
    reports: { flushPeer: () => done.push('flush') } as unknown as PieceStreamDeps['reports'],
    state: { reader: { get: () => undefined } as unknown as PieceStreamDeps['state']['reader'] },
    nextStreamId: () => 1,
    register: (id) => routed.add(id),
    unregister: (id) => routed.delete(id),
    detach: () => done.push('detach'),
    onEnd: () => done.push('end'),
  }
  // It lives by the events of its call.
  void new PieceStream(deps as PieceStreamDeps)
  const answer = async (): Promise<void> => {
    for (const resolve of waiting.splice(0)) resolve({ ok: true, index: 5, result: { ok: true } })
    await turn()
  }
  return { call, routed, done, answer }
}

const name = { taskId: 't', srcPid: 'p', dstPid: '' }
const begin = { ...name, pieceInfo: { pieceNum: -1 } } as schedulerV1.PieceResult__Output
const failed = { ...name, code: 'ClientPieceDownloadFail', success: false } as typeof begin

test.each(['end', 'cancelled', 'error'])('a stream leaves nothing behind: %s', (how) => {
  const { call, routed, done } = open()
  call.emit('data', begin)
  expect([...routed]).toEqual([1])
  call.emit(how)
  call.emit('cancelled')
  expect(routed.size).toBe(0)
  expect(done).toEqual(['flush', 'attach-stream', 'flush', 'detach', 'end'])
})

test('a stream with many failures on their way is read no further until one is answered', async () => {
  const { call, answer } = open()
  call.emit('data', begin)
  for (let n = 1; n < streamFailuresMax; n += 1) call.emit('data', failed)
  expect(call.isPaused()).toBe(false)
  call.emit('data', failed)
  expect(call.isPaused()).toBe(true)
  await answer()
  expect(call.isPaused()).toBe(false)
})
