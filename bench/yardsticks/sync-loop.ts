// The disk alone: write the bytes of so many entries, fdatasync, again. Nothing that waits for a
// sync can be faster than this with the same number of entries for each.
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { SyncedFile } from './synced-file.ts'

/** Syncs per second with `entries` entries of `payloadBytes` written before each. */
export async function measureSyncs(
  directory: string,
  {
    entries,
    payloadBytes,
    measureMs,
  }: {
    readonly entries: number
    readonly payloadBytes: number
    readonly measureMs: number
  },
): Promise<number> {
  const file = await SyncedFile.create(join(directory, 'sync-loop'))
  const bytes = new Uint8Array(entries * payloadBytes).fill(0x61)
  const startMs = performance.now()
  const endMs = startMs + measureMs
  let syncs = 0
  while (performance.now() < endMs) {
    await file.write(bytes)
    syncs += 1
  }
  const perSecond = (syncs * 1000) / (performance.now() - startMs)
  await file.close()
  return perSecond
}
