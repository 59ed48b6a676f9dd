// One message of every type, for the tests of the codec.
import { utf8Encode } from '../../base/index.ts'
import type { Entry } from '../core/entry.ts'
import type { Configuration } from '../core/configuration.ts'
import type { Message } from '../core/message.ts'
import type { MessageHeader } from './header.ts'

const address = { from: 2, to: 3, term: 9 } as const

export const exampleHeader: MessageHeader = {
  protocolVersion: 1,
  clusterId: '000102030405060708090a0b0c0d0e0f',
  group: 0,
  from: {
    replicaId: 2,
    incarnation: '101112131415161718191a1b1c1d1e1f',
    bootId: '202122232425262728292a2b2c2d2e2f',
  },
  to: { replicaId: 3, incarnation: '303132333435363738393a3b3c3d3e3f' },
  term: 9,
}

const entries: readonly Entry[] = [
  { index: 6, term: 8, type: 'command', stampMs: 1000, data: utf8Encode('abc') },
  { index: 7, term: 9, type: 'noop', stampMs: 1001, data: new Uint8Array(0) },
]

const digest = Uint8Array.from({ length: 16 }, (_, i) => 0xa0 + i)

/** A joint one with every list in use. */
export const exampleConfiguration: Configuration = {
  id: 40,
  voters: [1, 2, 5],
  votersOutgoing: [1, 2, 3],
  learners: [4],
  learnersNext: [3],
  autoLeave: true,
  highestId: 6,
}

export const exampleMessages: readonly Message[] = [
  { ...address, type: 'pre-vote', lastIndex: 5, lastTerm: 8, transfer: false },
  { ...address, type: 'pre-vote-reply', granted: true },
  {
    ...address,
    type: 'vote',
    lastIndex: 5,
    lastTerm: 8,
    transfer: true,
    committed: { index: 3, term: 7 },
  },
  { ...address, type: 'vote-reply', granted: false, committed: { index: 4, term: 7 } },
  {
    ...address,
    type: 'append',
    prevIndex: 5,
    prevTerm: 8,
    entries,
    commit: 4,
    matchedByAll: 3,
  },
  {
    ...address,
    type: 'append-reply',
    index: 5,
    rejected: true,
    hintIndex: 4,
    hintTerm: 7,
    digest: { index: 4096, digest },
  },
  { ...address, type: 'heartbeat', commit: 4, readPosition: 11, matchedByAll: 3 },
  { ...address, type: 'heartbeat-reply', readPosition: 11, lacksState: true },
  { ...address, type: 'timeout-now' },
  { ...address, type: 'proposal', requestId: 12, data: utf8Encode('xyz') },
  {
    ...address,
    type: 'proposal-reply',
    requestId: 12,
    index: 8,
    entryTerm: 9,
    refusal: undefined,
    leader: 2,
  },
  { ...address, type: 'read', requestId: 13 },
  { ...address, type: 'read-reply', requestId: 13, index: 0, refusal: 'not-leader', leader: 1 },
  { ...address, type: 'removed', configurationId: 40 },
  {
    ...address,
    type: 'image-chunk',
    imageId: 14,
    snapshot: { index: 41, term: 8, configuration: exampleConfiguration, clusterClockMs: 1002 },
    seq: 3,
    data: utf8Encode('image'),
    checksum: 0x89abcdef,
    isLast: true,
  },
  { ...address, type: 'image-reply', imageId: 14, nextSeq: 4, refusal: undefined },
]
