import { describe, expect, test } from 'vitest'
import { fromHex, nullLogger, Prng, toHex } from '../../base/index.ts'
import { DiskSimulator } from '../../chaos-tests/sim/disk-simulator.ts'
import type { LogGroup } from '../../raft/index.ts'
import { createWriteAheadLog, openWriteAheadLog } from './open-log.ts'
import { decodeSegmentHeader, encodeSegmentHeader } from './segment-header.ts'
import { decodeSlot, encodeSlot } from './witness.ts'

const identity = { clusterId: 'c1'.repeat(16), replicaId: 1, incarnation: 'a1'.repeat(16) }

/** The log's formats, byte for byte. A change here needs a new `logFormat`. */
const frozen = {
  // number 1, first index 1, nothing before
  firstHeader:
    '444d534c5957414c0000000100000000c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1' +
    'a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a100000000000000010000000000000001' +
    '0000000000000000000000000000000000000000000000000000000000000000' +
    '0000000000000000000000000000000000000000',
  firstHeaderEnd: '0000000000000001f5c209ac',
  // number 2, first index 3, previous term 3, (term 3, vote 2, commit 1), compacted (1, 2)
  secondHeader:
    '444d534c5957414c0000000100000000c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1' +
    'a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a100000000000000020000000000000003' +
    '0000000000000003000000000000000300000000000000020000000000000001' +
    '00000000000000010000000000000002c806d38b',
  secondHeaderEnd: '0000000000000001d5034d34',
  // at 512: (term 3, vote 2, commit 1), entries (1, term 2, config) and (2, term 3, command)
  group:
    '0000005afec151e895fe80f70100000000000200000000000000000000000003' +
    '0000000000000002000000000000000100000002000000000000000100000000' +
    '00000002000000000000000a0200000003010203000000000000000200000000' +
    '0000000300000000000000140100000001ff0000000000a6',
  // compacted (1, 2)
  compaction:
    '00000010b25ce80e93a2bd910200000000000278000000000000000000000001' +
    '000000000000000200000000000000a8',
  // at 512: announced (7, 3), under (term 3, vote 2, commit 1)
  announced:
    '0000002cd68dbd894c534e2b0400000000000278000000000000000100000000' +
    '0000000700000000000000030000000000000003000000000000000200000000' +
    '00000001000000a4',
  // installed (7, 3), with (term 4, vote 0, commit 7)
  installed:
    '0000002c13378637d56d590404000000000002c0000000000000000200000000' +
    '0000000700000000000000030000000000000004000000000000000000000000' +
    '00000007000000a4',
  seal: '00000000546fad58c806d38b03000000000002a80000000000000000000000a8',
  // sequence 7, segment 2, end 512, term 3, vote 2, last index 2
  witness:
    '444d534c5957495400000001cfc4df4800000000000000070000000000000002' +
    '0000000000000200000000000000000300000000000000020000000000000002' +
    'c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1' +
    '0000000000000001',
}

const group: LogGroup = {
  entries: [
    { index: 1, term: 2, type: 'config', stampMs: 10, data: new Uint8Array([1, 2, 3]) },
    { index: 2, term: 3, type: 'command', stampMs: 20, data: new Uint8Array([0xff]) },
  ],
  hardState: { term: 3, votedFor: 2, commit: 1 },
  sync: true,
}

describe('the formats of the log are frozen', () => {
  test('R-17.1 segments and records', async () => {
    const disk = new DiskSimulator({ random: new Prng('golden') })
    const deps = { disk, logger: nullLogger }
    await createWriteAheadLog(deps, { directory: '/raft', identity })
    const { log } = await openWriteAheadLog(deps, {
      directory: '/raft',
      identity,
      durableIndex: 0,
      segmentBytes: 720,
      preallocateBytes: 0,
      reserveBytes: 0,
    })
    await log.append(group)
    await log.compact(1, 2)
    // Does not fit any more: seals the segment.
    await log.append({ entries: [], hardState: { ...group.hardState, commit: 2 }, sync: true })
    const [first, second] = disk.files().filter((path) => path.endsWith('.wal'))
    expect(first).toBe('/raft/0000000000000001-0000000000000001.wal')
    expect(second).toBe('/raft/0000000000000002-0000000000000003.wal')
    const bytes = toHex(disk.content(first!))
    expect(bytes.slice(0, 232)).toBe(frozen.firstHeader)
    expect(bytes.slice(232, 1000)).toBe('0'.repeat(768))
    expect(bytes.slice(1000, 1024)).toBe(frozen.firstHeaderEnd)
    expect(bytes.slice(1024)).toBe(frozen.group + frozen.compaction + frozen.seal)
    const next = toHex(disk.content(second!))
    expect(next.slice(0, 232)).toBe(frozen.secondHeader)
    expect(next.slice(1000, 1024)).toBe(frozen.secondHeaderEnd)
    await log.close()
  })

  test('records of images', async () => {
    const disk = new DiskSimulator({ random: new Prng('golden') })
    const deps = { disk, logger: nullLogger }
    const options = { directory: '/raft', identity, preallocateBytes: 0, reserveBytes: 0 }
    await createWriteAheadLog(deps, options)
    const { log } = await openWriteAheadLog(deps, { ...options, durableIndex: 0 })
    await log.append(group)
    await log.announceImage({ index: 7, term: 3 })
    await log.reset({ index: 7, term: 3 }, { term: 4, votedFor: 0, commit: 7 })
    const [only] = disk.files().filter((path) => path.endsWith('.wal'))
    expect(toHex(disk.content(only!)).slice(1024)).toBe(
      frozen.group + frozen.announced + frozen.installed,
    )
    await log.close()
  })

  test('segment headers read back', () => {
    const bytes = fromHex(frozen.secondHeader + '0'.repeat(768) + frozen.secondHeaderEnd)!
    const decoded = decodeSegmentHeader(bytes)
    expect(decoded).toMatchObject({ ok: true, identity, header: { segmentNumber: 2 } })
    if (decoded.ok) expect(encodeSegmentHeader(decoded.header, identity)).toEqual(bytes)
  })

  test('slots of the witness', () => {
    const mark = { segmentNumber: 2, endOffset: 512, term: 3, votedFor: 2, lastIndex: 2 }
    const slot = { sequence: 7, mark, identity }
    expect(toHex(encodeSlot(slot))).toBe(frozen.witness)
    expect(decodeSlot(fromHex(frozen.witness)!)).toEqual(slot)
  })
})

test('a header or slot with any flipped bit does not read', () => {
  const header = fromHex(frozen.secondHeader + '0'.repeat(768) + frozen.secondHeaderEnd)!
  const slot = fromHex(frozen.witness)!
  for (const [bytes, read] of [
    [header, (changed: Uint8Array) => decodeSegmentHeader(changed).ok],
    [slot, (changed: Uint8Array) => decodeSlot(changed) !== undefined],
  ] as const) {
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const changed = bytes.slice()
      changed[bit >> 3]! ^= 1 << (bit & 7)
      expect(read(changed)).toBe(false)
    }
  }
})
