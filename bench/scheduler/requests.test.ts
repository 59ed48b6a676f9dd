import { expect, test } from 'vitest'
import { loadServices } from '../../proto/index.ts'
import {
  announcement,
  beginOfPiece,
  finishedPiece,
  finishedPieceV2,
  hostAnnouncement,
  peerOf,
  registration,
  registrationV2,
  startedV2,
  taskIdOf,
} from './requests.ts'

const peer = peerOf(taskIdOf('a'), 1, 300)

test('ids are as long as those of clients, and differ', () => {
  expect(peer.taskId).toMatch(/^[0-9a-f]{64}$/)
  expect(peer.peerId).toMatch(/^10\.0\.1\.44-1-[0-9a-f]{32}$/)
  expect(peerOf(peer.taskId, 2, 300).peerId).not.toBe(peer.peerId)
  expect(peerOf(taskIdOf('b'), 1, 300).peerId).not.toBe(peer.peerId)
})

test('every field is one of the protocol: what is sent comes out again', () => {
  const { schedulerV1: V1, schedulerV2: V2 } = loadServices()
  const v1 = V1.service
  const v2 = V2.service
  const { AnnounceTask, RegisterPeerTask, ReportPieceResult } = v1
  for (const [method, request] of [
    [AnnounceTask, announcement(peer)],
    [RegisterPeerTask, registration(peer)],
    [ReportPieceResult, beginOfPiece(peer)],
    [ReportPieceResult, finishedPiece(peer, 3, 'parent')],
    [v2.AnnounceHost, hostAnnouncement(3)],
    [v2.AnnouncePeer, registrationV2(peer)],
    [v2.AnnouncePeer, startedV2(peer)],
    [v2.AnnouncePeer, finishedPieceV2(peer, 3, 'parent')],
  ] as const) {
    const read = method.requestDeserialize(method.requestSerialize(request as never)) as object
    expect(read).toMatchObject(request)
  }
})
