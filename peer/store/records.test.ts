import { describe, expect, test } from 'vitest'
import type { TaskRecord } from './records.ts'
import {
  decodePiece,
  decodeTask,
  encodePiece,
  encodeTask,
  isDataFileName,
  parseKey,
  pieceKey,
  taskKey,
} from './records.ts'
import type { PieceRecord } from './types.ts'

const taskId = '5'.repeat(64)

const task: TaskRecord = {
  taskId,
  peerId: '10.0.0.1-7-uuid',
  url: 'http://h/é',
  urlMeta: {
    digest: 'md5:x',
    tag: 't',
    range: '0-9',
    filter: 'a&b',
    application: 'app',
    header: { 'X-Y': 'z' },
    priority: 3,
  },
  type: 'standard',
  state: 'done',
  pieceSizeBytes: 4194304,
  contentLengthBytes: 10,
  pieceMd5Sign: 'sign',
  sourceHeader: { etag: '"1"' },
  validator: { etag: '"1"', lastModified: '' },
  needsAnnounce: true,
  createdWallMs: 1700000000000,
  dataFile: `${'a'.repeat(32)}.data`,
}

const taskText =
  `{"version":1,"taskId":"${taskId}","peerId":"10.0.0.1-7-uuid","url":"http://h/é",` +
  '"urlMeta":{"digest":"md5:x","tag":"t","range":"0-9","filter":"a&b","application":"app",' +
  '"header":{"X-Y":"z"},"priority":3},"type":"standard","state":"done","pieceSizeBytes":4194304,' +
  '"contentLengthBytes":10,"pieceMd5Sign":"sign","sourceHeader":{"etag":"\\"1\\""},' +
  '"validator":{"etag":"\\"1\\"","lastModified":""},"needsAnnounce":true,' +
  `"createdWallMs":1700000000000,"dataFile":"${'a'.repeat(32)}.data"}`

const piece: PieceRecord = {
  num: 18,
  offsetBytes: 75497472,
  lengthBytes: 4194304,
  md5: '0123456789abcdef0123456789abcdef',
  crc32: 4294967295,
  origin: 'parent',
  costMs: 12,
}

const pieceText = '[1,75497472,4194304,"0123456789abcdef0123456789abcdef",4294967295,"parent",12]'

describe('records of the piece store are frozen', () => {
  test('keys', () => {
    expect(taskKey(taskId)).toBe(`task/${taskId}`)
    expect(pieceKey(taskId, 18)).toBe(`piece/${taskId}/0000012`)
    expect(parseKey(`task/${taskId}`)).toEqual({ kind: 'task', taskId })
    expect(parseKey(`piece/${taskId}/0000012`)).toEqual({ kind: 'piece', taskId, num: 18 })
  })

  test('a task', () => {
    expect(encodeTask(task)).toBe(taskText)
    expect(decodeTask(taskId, taskText)).toEqual(task)
  })

  test('a piece', () => {
    expect(encodePiece(piece)).toBe(pieceText)
    expect(decodePiece(taskId, 18, pieceText)).toEqual(piece)
  })
})

describe('what is no record is refused', () => {
  test.each([
    '',
    'task/x',
    `task/${taskId}/0`,
    `piece/${taskId}/12`,
    `piece/${taskId}/000001G`,
    'a/b',
  ])('key %j', (key) => {
    expect(parseKey(key)).toBeUndefined()
  })

  test.each([
    ['not JSON', '{', 'PEER_STORE_DAMAGED'],
    ['a list', '[]', 'PEER_STORE_DAMAGED'],
    ['no version', '{}', 'PEER_STORE_DAMAGED'],
    ['a newer version', taskText.replace('"version":1', '"version":2'), 'PEER_STORE_FORMAT'],
    ['another task', taskText.replaceAll('5555', '6666'), 'PEER_STORE_DAMAGED'],
    [
      'a path as file',
      taskText.replace(/"dataFile":".*"/, '"dataFile":"../../x"'),
      'PEER_STORE_DAMAGED',
    ],
    [
      'a negative size',
      taskText.replace('"pieceSizeBytes":', '"pieceSizeBytes":-'),
      'PEER_STORE_DAMAGED',
    ],
    ['an unknown state', taskText.replace('"done"', '"gone"'), 'PEER_STORE_DAMAGED'],
  ])('task: %s', (_, text, code) => {
    expect(() => decodeTask(taskId, text)).toThrow(expect.objectContaining({ code }))
  })

  test.each([
    ['an object', '{}', 'PEER_STORE_DAMAGED'],
    ['a newer version', pieceText.replace('[1', '[2'), 'PEER_STORE_FORMAT'],
    ['an unknown origin', pieceText.replace('parent', 'nobody'), 'PEER_STORE_DAMAGED'],
    ['no bytes', pieceText.replace('4194304', '0'), 'PEER_STORE_DAMAGED'],
  ])('piece: %s', (_, text, code) => {
    expect(() => decodePiece(taskId, 18, text)).toThrow(expect.objectContaining({ code }))
  })

  test('names of data files are ours only', () => {
    expect(isDataFileName(`${'0'.repeat(32)}.data`)).toBe(true)
    for (const name of ['x.data', `${'g'.repeat(32)}.data`, `../${'0'.repeat(29)}.data`, 7]) {
      expect(isDataFileName(name)).toBe(false)
    }
  })
})
