// Keys of stored rows: table byte, slot for rows that belong to a task, then the parts of the id.
// Texts are escaped by their length, so that no id can imitate a longer one. Frozen.
import { assert, utf8Encode } from '../../base/index.ts'
import { keyTextBytesMax } from './limits.ts'
import type { KeyPart } from './table-definition.ts'

/** Slots that task ids hash to, as in a Redis cluster. Frozen. */
export const slotCount = 16_384

/** Slot of a task: CRC-16/XMODEM over the UTF-8 bytes of its id, modulo 16,384. */
export function slotOf(taskId: string): number {
  let crc = 0
  for (let i = 0; i < taskId.length; i += 1) {
    const unit = taskId.charCodeAt(i)
    if (unit >= 0x80) return crc16(utf8Encode(taskId)) % slotCount
    crc = ((crc << 8) & 0xffff) ^ crcTable[(crc >>> 8) ^ unit]!
  }
  return crc % slotCount
}

/** Key of a row; `slot` is undefined for tables without slots. */
export function encodeKey(
  tableByte: number,
  slot: number | undefined,
  parts: readonly KeyPart[],
): Uint8Array {
  let length = slot === undefined ? 1 : 3
  // Texts are nearly always ASCII: those are written as they are, without bytes in between.
  const texts = parts.map((part) => {
    const text = typeof part === 'string' && !isAscii(part) ? utf8Encode(part) : part
    length += typeof text === 'number' ? 8 : 2 + text.length
    return text
  })
  const key = new Uint8Array(length)
  key[0] = tableByte
  let at = 1
  if (slot !== undefined) at = putUint16(key, at, slot)
  for (const text of texts) {
    if (typeof text === 'number') {
      at = putUint64(key, at, text)
      continue
    }
    assert(text.length <= keyTextBytesMax, 'a key component is too long')
    at = putUint16(key, at, text.length)
    if (typeof text === 'string') {
      for (let i = 0; i < text.length; i += 1) key[at + i] = text.charCodeAt(i)
    } else {
      key.set(text, at)
    }
    at += text.length
  }
  return key
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i += 1) if (text.charCodeAt(i) >= 0x80) return false
  return true
}

function putUint16(key: Uint8Array, at: number, value: number): number {
  key[at] = value >>> 8
  key[at + 1] = value & 0xff
  return at + 2
}

function putUint64(key: Uint8Array, at: number, value: number): number {
  assert(Number.isSafeInteger(value) && value >= 0, 'a key number is a safe integer >= 0')
  let rest = value
  for (let i = 7; i >= 0; i -= 1) {
    key[at + i] = rest % 256
    rest = Math.floor(rest / 256)
  }
  return at + 8
}

const crcTable = buildCrcTable()

function crc16(bytes: Uint8Array): number {
  let crc = 0
  for (const byte of bytes) crc = ((crc << 8) & 0xffff) ^ crcTable[(crc >>> 8) ^ byte]!
  return crc
}

function buildCrcTable(): Uint16Array {
  const table = new Uint16Array(256)
  for (let byte = 0; byte < 256; byte += 1) {
    let crc = byte << 8
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1
    table[byte] = crc
  }
  return table
}
