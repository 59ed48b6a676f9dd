import { EventEmitter } from 'node:events'
import { status } from '@grpc/grpc-js'
import { expect, test } from 'vitest'
import { nullLogger } from '../../base/index.ts'
import { SystemClock } from '../../runtime/index.ts'
import type { StateReader } from '../replication/index.ts'
import type { AnnounceCall } from './announce-peer-stream.ts'
import { download, downloadOf } from './download.suite.ts'
import { PeerStreams } from './peer-streams.ts'
import type { PeerStreamsDeps } from './peer-streams.ts'
import type { PieceCall } from './piece-stream.ts'
import { PrometheusRequestMetrics } from './prometheus-metrics.ts'

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

test('a stream goes through the next session although the last one is not known to be closed', async () => {
  const replaced: (() => void)[] = []
  const proposed: string[] = []
  let isClosed = false
  const peer = { streamId: 1, ownerSessionId: 1, attachEpoch: 5 }
  const reader: Partial<StateReader> = {
    get: ({ name }) => {
      if (name === 'peers') return peer as never
      return name === 'sessions' && !isClosed ? ({ sessionId: 1 } as never) : undefined
    },
    groupSize: () => 0,
  }
  const state: Partial<PeerStreamsDeps['state']> = {
    reader: reader as StateReader,
    appliedIndex: 4,
    subscribe: () => () => {},
    onReplaced: (listener) => {
      replaced.push(listener)
      return () => {}
    },
  }
  const commands = {
    sessionId: 1,
    propose: ({ name }: { readonly name: string }) => {
      proposed.push(name)
      const result = { ok: true, outcome: 'scheduled', known: false, attachEpoch: 5 }
      return Promise.resolve({ ok: true, index: 5, result })
    },
  }
  const deps: Partial<PeerStreamsDeps> = {
    clock: new SystemClock(),
    logger: nullLogger,
    leadership: {
      hasContact: true,
      onContact: () => {},
    } as unknown as PeerStreamsDeps['leadership'],
    commands: commands as unknown as PeerStreamsDeps['commands'],
    state: state as PeerStreamsDeps['state'],
    reports: { flushPeer: () => {} } as unknown as PeerStreamsDeps['reports'],
    rateLimit: { take: () => true } as PeerStreamsDeps['rateLimit'],
    ownState: {
      onChange: () => {},
      refusal: () => undefined,
    } as unknown as PeerStreamsDeps['ownState'],
    metrics: new PrometheusRequestMetrics({ countHostTraffic: false }),
  }
  const streams = new PeerStreams(deps as PeerStreamsDeps)
  streams.start()
  const call = Object.assign(new EventEmitter(), {
    sendMetadata: () => {},
    pause: () => {},
    resume: () => {},
    writableLength: 0,
  })
  streams.serveDownload(call as unknown as AnnounceCall)
  const fields = {
    type: 'STANDARD',
    priority: 'LEVEL0',
    filteredQueryParams: [],
    requestHeader: {},
  }
  call.emit('data', {
    ...downloadOf('t', 1),
    request: 'registerPeerRequest',
    registerPeerRequest: { download: { ...download(), ...fields } },
  })
  await new Promise((resolve) => setImmediate(resolve))
  expect(proposed).toEqual(['register-download'])
  // The proposer hears of the new state after the streams.
  isClosed = true
  for (const listener of replaced) listener()
  expect(proposed).toEqual(['register-download', 'reattach-stream'])
})
