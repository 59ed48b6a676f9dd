// What the tests of the store share: directories, contents, tasks.
import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nullLogger, Prng } from '../../base/index.ts'
import type { Disk } from '../../base/index.ts'
import { FileDisk, SystemClock } from '../../runtime/index.ts'
import type { NewTask, PieceStoreDeps, TaskUrlMeta } from './index.ts'

export const noMeta: TaskUrlMeta = {
  digest: '',
  tag: '',
  range: '',
  filter: '',
  application: '',
  header: {},
  priority: 0,
}

/** Ports for a store; the disk may be a faulty one. */
export function storeDeps(disk: Disk = new FileDisk()): PieceStoreDeps {
  return { disk, clock: new SystemClock(), random: new Prng('store'), logger: nullLogger }
}

export function taskIdOfText(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

export function newTask(text: string, changes: Partial<NewTask> = {}): NewTask {
  return {
    taskId: taskIdOfText(text),
    peerId: `peer of ${text}`,
    url: `d7y:/${text}`,
    urlMeta: noMeta,
    type: 'standard',
    contentLengthBytes: -1,
    ...changes,
  }
}

/** Bytes that differ everywhere, the same for the same seed. */
export function content(lengthBytes: number, seed = 'content'): Uint8Array {
  return new Prng(seed).bytes(lengthBytes)
}

export function md5Of(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('hex')
}

/** Runs `act` with a directory of its own, which is removed afterwards. */
export async function inDirectory<T>(act: (directory: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'damselfly-store-'))
  try {
    return await act(directory)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

export async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for await (const chunk of chunks) parts.push(chunk)
  return Buffer.concat(parts)
}
