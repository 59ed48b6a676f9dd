import { EventEmitter } from 'node:events'
import { status } from '@grpc/grpc-js'
import { expect, test } from 'vitest'
import { nullLogger } from '../../base/index.ts'
import { PieceStreams } from './piece-streams.ts'
import type { PieceStreamsDeps } from './piece-streams.ts'
import type { PieceCall } from './piece-stream.ts'

test('a state that was replaced ends every stream: its clients come again', () => {
  const replaced: (() => void)[] = []
  let ended = 0
  const state: Partial<PieceStreamsDeps['state']> = {
    subscribe: () => () => (ended += 1),
    onReplaced: (listener) => {
      replaced.push(listener)
      return () => (ended += 1)
    },
  }
  const leadership: Partial<PieceStreamsDeps['leadership']> = {
    hasContact: true,
    onContact: () => {},
  }
  const ownState: Partial<PieceStreamsDeps['ownState']> = {
    onChange: () => {},
    refusal: () => undefined,
  }
  const streams = new PieceStreams({
    logger: nullLogger,
    leadership: leadership as PieceStreamsDeps['leadership'],
    commands: { sessionId: 1 } as PieceStreamsDeps['commands'],
    state: state as PieceStreamsDeps['state'],
    reports: {} as PieceStreamsDeps['reports'],
    rateLimit: { take: () => true } as PieceStreamsDeps['rateLimit'],
    ownState: ownState as PieceStreamsDeps['ownState'],
  })
  streams.start()
  const codes: unknown[] = []
  for (let i = 0; i < 2; i += 1) {
    const call = Object.assign(new EventEmitter(), { sendMetadata: () => {} })
    call.on('error', (error: { readonly code?: number }) => codes.push(error.code))
    streams.serve(call as unknown as PieceCall)
  }
  expect(streams.size).toBe(2)
  for (const listener of replaced) listener()
  expect(codes).toEqual([status.UNAVAILABLE, status.UNAVAILABLE])
  expect(streams.size).toBe(0)
  streams.stop()
  expect(ended).toBe(2)
})
