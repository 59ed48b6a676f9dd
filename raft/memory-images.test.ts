import { describe, expect, test } from 'vitest'
import { initialConfiguration } from './core/configuration.ts'
import type { Snapshot } from './core/message.ts'
import type { ImageReader } from './images.ts'
import { MemoryImages } from './memory-images.ts'
import type { CapturedState } from './memory-images.ts'

const configuration = initialConfiguration({ voters: [1, 2] })
const snapshot: Snapshot = { index: 8, term: 2, configuration, clusterClockMs: 99 }

function state(bytes: readonly number[] = []) {
  const captured: CapturedState = { snapshot, bytes: Uint8Array.from(bytes) }
  const held = { captured }
  return {
    held,
    capture: () => held.captured,
    replace: (other: CapturedState) => {
      held.captured = other
    },
  }
}

async function read(reader: ImageReader): Promise<Uint8Array[]> {
  const chunks: Uint8Array[] = []
  for (let next = await reader.next(); next !== undefined; next = await reader.next()) {
    chunks.push(next)
  }
  await reader.close()
  return chunks
}

test.each([0, 1, 5, 64])('a state of %i bytes arrives as it was, in small chunks', async (size) => {
  const source = state(Array.from({ length: size }, (_, i) => i))
  const images = new MemoryImages({ state: source }, { chunkBytes: 4 })
  const chunks = await read(await images.open(8))
  expect(chunks.every(({ length }) => length <= 4)).toBe(true)
  const target = state([7])
  const writer = await new MemoryImages({ state: target }).receive(snapshot)
  for (const chunk of chunks) await writer.write(chunk)
  await writer.finish()
  expect(target.held.captured.bytes).toEqual(Uint8Array.of(7))
  await writer.install()
  expect(target.held.captured).toEqual(source.held.captured)
})

test('an image shows the state as it was when it was opened', async () => {
  const source = state([1, 2])
  const reader = await new MemoryImages({ state: source }).open(1)
  source.replace({ snapshot: { ...snapshot, index: 9 }, bytes: Uint8Array.of(3) })
  expect(reader.snapshot.index).toBe(8)
  const [chunk] = await read(reader)
  expect(chunk!.subarray(0, 2)).toEqual(Uint8Array.of(1, 2))
})

test('RAFT_IMAGE_NOT_READY: the state has not reached what the image must cover', async () => {
  const images = new MemoryImages({ state: state() })
  await expect(images.open(9)).rejects.toMatchObject({ code: 'RAFT_IMAGE_NOT_READY' })
})

describe('RAFT_IMAGE_DAMAGED', () => {
  async function written(change: (image: Uint8Array) => Uint8Array) {
    const reader = await new MemoryImages({ state: state([1, 2, 3]) }).open(8)
    const [image] = await read(reader)
    const target = state([7])
    const writer = await new MemoryImages({ state: target }).receive(snapshot)
    await writer.write(change(image!))
    return { writer, target }
  }

  test.each<[string, (image: Uint8Array) => Uint8Array]>([
    ['a changed byte', (image) => image.map((byte, i) => (i === 1 ? byte ^ 1 : byte))],
    ['a cut end', (image) => image.subarray(0, image.length - 1)],
    ['nothing', () => new Uint8Array(0)],
    ['a byte too many', (image) => Uint8Array.of(...image, 0)],
  ])('%s', async (_, change) => {
    const { writer } = await written(change)
    await expect(writer.finish()).rejects.toMatchObject({ code: 'RAFT_IMAGE_DAMAGED' })
  })

  test('what is not finished, or given up, is not installed', async () => {
    const { writer, target } = await written((image) => image)
    await expect(writer.install()).rejects.toMatchObject({ code: 'RAFT_IMAGE_DAMAGED' })
    await writer.finish()
    await writer.abort()
    await expect(writer.install()).rejects.toMatchObject({ code: 'RAFT_IMAGE_DAMAGED' })
    expect(target.held.captured.bytes).toEqual(Uint8Array.of(7))
  })
})
