import { EventEmitter } from 'node:events'
import { status } from '@grpc/grpc-js'
import { expect, test } from 'vitest'
import { nullLogger } from '../../base/index.ts'
import { SystemClock } from '../../runtime/index.ts'
import { PeerStreams } from './peer-streams.ts'
import type { PeerStreamsDeps } from './peer-streams.ts'
import type { PieceCall } from './piece-stream.ts'
import { PrometheusRequestMetrics } from './request-metrics.ts'

test('a state that was replaced ends every stream: its clients come again', () => {
  const replaced: (() => void)[] = []
  let ended = 0
  const state: Partial<PeerStreamsDeps['state']> = {
    subscribe: () => () => (ended += 1),
    onReplaced: (listener) => {
      replaced.push(listener)
      return () => (ended += 1)
    },
  }
  const leadership: Partial<PeerStreamsDeps['leadership']> = {
    hasContact: true,
    onContact: () => {},
  }
  const ownState: Partial<PeerStreamsDeps['ownState']> = {
    onChange: () => {},
    refusal: () => undefined,
  }
  const streams = new PeerStreams({
    clock: new SystemClock(),
    logger: nullLogger,
    replica: {} as PeerStreamsDeps['replica'],
    leadership: leadership as PeerStreamsDeps['leadership'],
    commands: { sessionId: 1 } as PeerStreamsDeps['commands'],
    state: state as PeerStreamsDeps['state'],
    reports: {} as PeerStreamsDeps['reports'],
    rateLimit: { take: () => true } as PeerStreamsDeps['rateLimit'],
    ownState: ownState as PeerStreamsDeps['ownState'],
    metrics: new PrometheusRequestMetrics({ countHostTraffic: false }),
  })
  streams.start()
  const codes: unknown[] = []
  for (let i = 0; i < 2; i += 1) {
    const call = Object.assign(new EventEmitter(), { sendMetadata: () => {} })
    call.on('error', (error: { readonly code?: number }) => codes.push(error.code))
    streams.servePieces(call as unknown as PieceCall)
  }
  expect(streams.size).toBe(2)
  for (const listener of replaced) listener()
  expect(codes).toEqual([status.UNAVAILABLE, status.UNAVAILABLE])
  expect(streams.size).toBe(0)
  streams.stop()
  expect(ended).toBe(2)
})
