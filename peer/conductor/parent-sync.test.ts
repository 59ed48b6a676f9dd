import { describe, expect, it } from 'vitest'
import type { commonV1 } from '../../proto/index.ts'
import { readOffer } from './parent-sync.ts'

const parent = { peerId: 'p', ip: '10.0.0.5', rpcPort: 65_000 }

const piece: commonV1.PieceInfo__Output = {
  pieceNum: 1,
  rangeStart: 100,
  rangeSize: 50,
  pieceMd5: '00112233445566778899aabbccddeeff',
  pieceOffset: 100,
  pieceStyle: 'PLAIN',
  downloadCost: 0,
}

const packet: commonV1.PiecePacket__Output = {
  taskId: 't',
  dstPid: 'q',
  dstAddr: '10.0.0.5:65002',
  pieceInfos: [piece],
  totalPiece: 2,
  contentLength: 150,
  pieceMd5Sign: 's',
  extendAttribute: null,
}

describe('what a parent sends', () => {
  it('is taken when it makes sense', () => {
    expect(readOffer(packet, parent)).toEqual({
      peerId: 'q',
      uploadAddress: '10.0.0.5:65002',
      pieces: [{ num: 1, offsetBytes: 100, lengthBytes: 50, md5: piece.pieceMd5 }],
      contentLengthBytes: 150,
      totalPieces: 2,
      pieceMd5Sign: 's',
      header: {},
    })
  })

  it('may be empty while the parent knows nothing', () => {
    const early = { ...packet, dstPid: '', dstAddr: '', pieceInfos: [], totalPiece: -1 }
    expect(readOffer({ ...early, contentLength: -1 }, parent)).toMatchObject({
      peerId: 'p',
      pieces: [],
      contentLengthBytes: -1,
    })
  })

  it.each<[string, Partial<commonV1.PiecePacket__Output>]>([
    ['another host', { dstAddr: '10.0.0.6:65002' }],
    ['another host behind the right one', { dstAddr: '10.0.0.5.evil:65002' }],
    ['no port', { dstAddr: '10.0.0.5' }],
    ['a port out of range', { dstAddr: '10.0.0.5:70000' }],
    ['pieces without an address', { dstAddr: '' }],
    ['a length below -1', { contentLength: -2 }],
    ['a length that is no safe integer', { contentLength: 2 ** 60 }],
    ['a length over the limit', { contentLength: 2 ** 52 }],
    ['too many pieces', { totalPiece: 2 ** 30 }],
    ['a piece beyond the end', { pieceInfos: [{ ...piece, rangeSize: 51 }] }],
    ['an empty piece', { pieceInfos: [{ ...piece, rangeSize: 0 }] }],
    ['a huge piece', { contentLength: -1, pieceInfos: [{ ...piece, rangeSize: 2 ** 31 }] }],
    ['a negative piece', { pieceInfos: [{ ...piece, pieceNum: -1 }] }],
    ['a marker as piece', { pieceInfos: [{ ...piece, pieceNum: 2 ** 30 }] }],
    ['a digest that is none', { pieceInfos: [{ ...piece, pieceMd5: 'xyz' }] }],
  ])('is refused: %s', (_, change) => {
    expect(readOffer({ ...packet, ...change }, parent)).toBeUndefined()
  })

  it('comes over IPv6 in brackets', () => {
    const six = { peerId: 'p', ip: 'fd00::5', rpcPort: 1 }
    expect(readOffer({ ...packet, dstAddr: '[fd00::5]:65002' }, six)).toBeDefined()
    expect(readOffer({ ...packet, dstAddr: 'fd00::5:65002' }, six)).toBeUndefined()
  })
})
