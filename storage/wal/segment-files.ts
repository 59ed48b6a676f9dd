// Making and removing segment files so that a power cut leaves them whole or absent.
import { isCoded } from '../../base/index.ts'
import type { Disk } from '../../base/index.ts'
import type { LogIdentity } from './log-identity.ts'
import type { SegmentInfo } from './recover.ts'
import { encodeSegmentHeader, segmentHeaderBytes, segmentName } from './segment-header.ts'
import type { SegmentHeader } from './segment-header.ts'

/** Name of a segment under construction; removed when the log is opened. */
export const unfinishedSegmentName = 'segment.tmp'

/** A durable segment without records, followed by zeros up to `fileBytes`. */
export interface CreatedSegment {
  readonly segment: SegmentInfo
  readonly fileBytes: number
}

/** Creates a segment under its final name. */
export async function createSegment(
  disk: Disk,
  header: SegmentHeader,
  options: {
    readonly directory: string
    readonly identity: LogIdentity
    readonly segmentBytes: number
    readonly preallocateBytes: number
  },
): Promise<CreatedSegment> {
  const { directory, identity, segmentBytes, preallocateBytes } = options
  const zeroBytes = Math.max(0, Math.min(preallocateBytes, segmentBytes - segmentHeaderBytes))
  const name = segmentName(header)
  const unfinished = `${directory}/${unfinishedSegmentName}`
  const file = await disk.open(unfinished, 'write')
  try {
    await file.truncate(0)
    await file.write(0, [encodeSegmentHeader(header, identity), new Uint8Array(zeroBytes)])
    await file.sync()
  } finally {
    await file.close()
  }
  await disk.rename(unfinished, `${directory}/${name}`)
  await disk.syncDirectory(directory)
  return { segment: { name, header }, fileBytes: segmentHeaderBytes + zeroBytes }
}

/** Removes segments, oldest first, each durably before the next: a gap would look like damage. */
export async function removeSegments(
  disk: Disk,
  directory: string,
  names: readonly string[],
): Promise<void> {
  for (const name of names) {
    try {
      await disk.remove(`${directory}/${name}`)
    } catch (error) {
      if (!isCoded(error, 'STORE_NOT_FOUND')) throw error
    }
    await disk.syncDirectory(directory)
  }
}
