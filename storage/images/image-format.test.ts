import { describe, expect, test } from 'vitest'
import { concatBytes, isCoded, Prng, toHex, utf8Encode } from '../../base/index.ts'
import { DiskSimulator } from '../../chaos-tests/sim/disk-simulator.ts'
import { imageChunkBytesMax, initialConfiguration } from '../../raft/index.ts'
import type { StateRow } from '../state/state-store.ts'
import { ImageEncoder } from './image-encoder.ts'
import { ImageFile } from './image-file.ts'
import {
  decodeHead,
  encodeBlock,
  encodeEnd,
  encodeHead,
  encodeRows,
  formatOfPrefix,
  imageFormatPrefixBytes,
  imageMagic,
} from './image-format.ts'
import type { BlockType, ImageHead } from './image-format.ts'

/** The form of an image, byte for byte. A change here needs a new `imageFormat`. */
const frozen = {
  magic: '444d534c59494d47',
  // what `head` below says, then its check
  head:
    '000000010000009500000001c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c100000000' +
    '000010000000000000000007000000000019f0a0d1d1d1d1d1d1d1d1d1d1d1d1' +
    'd1d1d1d10000000000000fa00000000000000009010003000000000000000100' +
    '0000000000000200000000000000090003000000000000000100000000000000' +
    '020000000000000003000100000000000000080001000000000000000381847a' +
    '0c',
  rows: '00000002000000180000000200000001000000026101020000000100000000620cf25f4a',
  end: '00000003000000180000000000000002d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d14f63b3cd',
}

const head: ImageHead = {
  clusterId: 'c1'.repeat(16),
  index: 4096,
  term: 7,
  clusterClockMs: 1_700_000,
  digest: new Uint8Array(16).fill(0xd1),
  configuration: {
    id: 4000,
    highestId: 9,
    autoLeave: true,
    voters: [1, 2, 9],
    votersOutgoing: [1, 2, 3],
    learners: [8],
    learnersNext: [3],
  },
}

const rows: StateRow[] = [
  [utf8Encode('a'), new Uint8Array([1, 2])],
  [utf8Encode('b'), new Uint8Array()],
]

/** Rows some at a time. */
function source(all: readonly StateRow[], at = 0, size = 3) {
  return {
    next: async () => {
      at += size
      return all.slice(at - size, at)
    },
  }
}

async function encode(encoder: ImageEncoder): Promise<Uint8Array[]> {
  const chunks: Uint8Array[] = []
  for (let next = await encoder.next(); next !== undefined; next = await encoder.next()) {
    chunks.push(next)
  }
  return chunks
}

/** The rows of an image in a file, or the code it is refused with. */
async function read(bytes: Uint8Array): Promise<{ head: ImageHead; rows: StateRow[] } | string> {
  const disk = new DiskSimulator({ random: new Prng('image') })
  await disk.makeDirectory('/tmp')
  disk.overwrite('/tmp/image', bytes)
  let image: ImageFile | undefined
  try {
    image = await ImageFile.open(disk, '/tmp/image')
    const found: StateRow[] = []
    for (let next = await image.next(); next.length > 0; next = await image.next()) {
      found.push(...next)
    }
    expect(await image.next()).toEqual([])
    return { head: image.head, rows: found }
  } catch (error) {
    if (!isCoded(error)) throw error
    return error.code
  } finally {
    await image?.close()
  }
}

/** An image of these blocks, whose checks fit. */
function assemble(blocks: readonly (readonly [BlockType, Uint8Array])[]): Uint8Array {
  const parts = [imageMagic]
  let check = 0
  for (const [type, payload] of blocks) {
    const block = encodeBlock(type, payload, check)
    check = block.check
    parts.push(block.bytes)
  }
  return concatBytes(parts)
}

describe('the format of an image', () => {
  test('is frozen', async () => {
    const chunks = await encode(new ImageEncoder(head, source(rows)))
    expect(chunks.map(toHex)).toEqual([frozen.magic + frozen.head + frozen.rows + frozen.end])
    expect(await read(chunks[0]!)).toEqual({ head, rows })
  })

  test('has room for states of any size, in chunks of bounded size', async () => {
    const random = new Prng('rows')
    const many = Array.from({ length: 5000 }, (_, i): StateRow => {
      const bytes = random.ratio(1, 500) ? 300_000 : random.below(300)
      return [new Uint8Array([i >> 8, i & 255]), random.bytes(bytes)]
    })
    const chunks = await encode(new ImageEncoder(head, source(many, 0, 97)))
    expect(chunks.length).toBeGreaterThan(8)
    for (const chunk of chunks.slice(0, -1)) expect(chunk).toHaveLength(imageChunkBytesMax)
    const found = await read(concatBytes(chunks))
    if (typeof found === 'string') throw new Error(found)
    expect(found.rows.map((row) => row.map(toHex))).toEqual(many.map((row) => row.map(toHex)))
  })

  test('has room for a state without rows', async () => {
    const configuration = initialConfiguration({ voters: [1] })
    const chunks = await encode(new ImageEncoder({ ...head, configuration }, source([])))
    expect(await read(concatBytes(chunks))).toEqual({ head: { ...head, configuration }, rows: [] })
  })
})

describe('R-13.1 R-13.3 what is not an image as it was written is refused', () => {
  const whole = assemble([
    ['head', encodeHead(head)],
    ['rows', encodeRows(rows)],
    ['end', encodeEnd({ rows: 2, digest: head.digest })],
  ])

  test('with any bit flipped', async () => {
    expect(await read(whole)).toEqual({ head, rows })
    for (let bit = 0; bit < whole.length * 8; bit += 1) {
      const changed = whole.slice()
      changed[bit >> 3]! ^= 1 << (bit & 7)
      expect(await read(changed)).toBe('RAFT_IMAGE_DAMAGED')
    }
  })

  test('cut off anywhere, or with bytes behind it', async () => {
    for (let length = 0; length < whole.length; length += 1) {
      expect(await read(whole.subarray(0, length))).toBe('RAFT_IMAGE_DAMAGED')
    }
    expect(await read(concatBytes([whole, new Uint8Array(1)]))).toBe('RAFT_IMAGE_DAMAGED')
  })

  const first = encodeRows([rows[0]!])
  const second = encodeRows([rows[1]!])
  const begin = ['head', encodeHead(head)] as const
  const end = ['end', encodeEnd({ rows: 2, digest: head.digest })] as const
  const otherEnd = ['end', encodeEnd({ rows: 2, digest: new Uint8Array(16) })] as const
  test.each([
    ['without a head', [['rows', first], ['rows', second], end]],
    ['with two heads', [begin, begin, ['rows', first], ['rows', second], end]],
    ['with a block left out', [begin, ['rows', first], end]],
    ['with a block twice', [begin, ['rows', first], ['rows', first], end]],
    ['with blocks in another order', [begin, ['rows', second], ['rows', first], end]],
    ['with a block without rows', [begin, ['rows', new Uint8Array(4)], end]],
    ['with another digest at its end', [begin, ['rows', first], ['rows', second], otherEnd]],
    ['of no log index', [['head', encodeHead({ ...head, index: 0 })], end]],
  ] as const)('%s', async (_title, blocks) => {
    expect(await read(assemble(blocks))).toBe('RAFT_IMAGE_DAMAGED')
  })

  test('of another format: by a code of its own, as long as it is intact', async () => {
    const whole = assemble([['head', encodeHead(head).with(3, 2)], end])
    expect(await read(whole)).toBe('RAFT_IMAGE_UNSUPPORTED')
    expect(formatOfPrefix(whole)).toBe(2)
    expect(formatOfPrefix(whole.subarray(0, imageFormatPrefixBytes))).toBe(2)
    expect(formatOfPrefix(whole.subarray(0, imageFormatPrefixBytes - 1))).toBeUndefined()
    expect(await read(whole.with(30, whole[30]! ^ 1))).toBe('RAFT_IMAGE_DAMAGED')
  })

  test('whose blocks are swapped without new checks', async () => {
    const parts = [imageMagic]
    let check = 0
    const blocks = [begin, ['rows', first] as const, ['rows', second] as const, end]
    for (const [type, payload] of blocks) {
      const block = encodeBlock(type, payload, check)
      check = block.check
      parts.push(block.bytes)
    }
    expect(await read(concatBytes(parts))).toEqual({ head, rows })
    const [magic, one, two, three, four] = parts
    const swapped = concatBytes([magic!, one!, three!, two!, four!])
    expect(await read(swapped)).toBe('RAFT_IMAGE_DAMAGED')
  })

  test('a head that is cut, too long, or names too many members', () => {
    const bytes = encodeHead(head)
    expect(decodeHead(bytes)).toEqual(head)
    expect(decodeHead(bytes.subarray(0, bytes.length - 1))).toBe('damaged')
    expect(decodeHead(concatBytes([bytes, new Uint8Array(1)]))).toBe('damaged')
    const voters = Array.from({ length: 65 }, (_, i) => i + 1)
    const crowded = { ...head, configuration: { ...head.configuration, voters } }
    expect(decodeHead(encodeHead(crowded))).toBe('damaged')
  })
})
