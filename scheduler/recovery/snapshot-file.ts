// A snapshot file is an image as members send it to each other, kept by an operator. It is believed
// only as a whole: every block's check, the rows' own digest, and what the head says of them.
import { CodedError, equalBytes, isCoded, toHex } from '../../base/index.ts'
import type { Disk } from '../../base/index.ts'
import { encodeConfiguration } from '../../raft/index.ts'
import { ImageFile, imageMagic } from '../../storage/index.ts'
import { StateSurvey } from '../replication/index.ts'
import type { StateSurveyed } from '../replication/index.ts'

/** What a sound snapshot file holds. */
export interface SnapshotReport extends StateSurveyed {
  /** Of the file. */
  readonly fileBytes: number
}

/**
 * Reads a whole snapshot file without building the state. @throws RAFT_IMAGE_DAMAGED,
 * RAFT_IMAGE_UNSUPPORTED, SCHED_NO_SNAPSHOT when the file is something else, DiskError
 */
export async function inspectSnapshot(disk: Disk, path: string): Promise<SnapshotReport> {
  const fileBytes = await requireSnapshot(disk, path)
  const image = await ImageFile.open(disk, path)
  try {
    const survey = new StateSurvey()
    for (let rows = await image.next(); rows.length > 0; rows = await image.next()) {
      for (const [key, value] of rows) survey.add(key, value)
    }
    const surveyed = survey.finish()
    const { head } = image
    const isSame =
      surveyed.clusterId === head.clusterId &&
      surveyed.index === head.index &&
      surveyed.term === head.term &&
      surveyed.clusterClockMs === head.clusterClockMs &&
      equalBytes(surveyed.digest, head.digest) &&
      equalBytes(
        encodeConfiguration(surveyed.configuration),
        encodeConfiguration(head.configuration),
      )
    if (!isSame) throw damaged('its head is not that of its rows')
    return { ...surveyed, fileBytes }
  } catch (error) {
    if (isCoded(error, 'SCHED_STATE_DAMAGED')) throw damaged(error.message, error)
    throw error
  } finally {
    await image.close()
  }
}

/** A report as JSON shows it; numbers of the state are safe integers. */
export function snapshotJson(report: SnapshotReport): Readonly<Record<string, unknown>> {
  const { clusterId, index, term, rows, fileBytes, digest, features, configuration } = report
  return {
    clusterId,
    index,
    term,
    rows,
    bytes: fileBytes,
    digest: toHex(digest),
    clusterClockMs: report.clusterClockMs,
    configurationId: configuration.id,
    members: report.members.map(({ replicaId, hostId, raftAddress, role, state }) => ({
      id: String(replicaId),
      hostId,
      raftAddr: raftAddress,
      role,
      state,
    })),
    features,
    tables: Object.fromEntries(report.tables.map((table) => [table.name, table.rows])),
  }
}

/** Bytes of the file, which begins as an image does. */
async function requireSnapshot(disk: Disk, path: string): Promise<number> {
  const file = await disk.open(path, 'read')
  try {
    const start = await file.read(0, imageMagic.length)
    if (!equalBytes(start, imageMagic.subarray(0, start.length))) {
      throw new CodedError('SCHED_NO_SNAPSHOT', `${path} is no snapshot of a cluster`)
    }
    return await file.size()
  } finally {
    await file.close()
  }
}

function damaged(what: string, cause?: unknown): CodedError {
  return new CodedError('RAFT_IMAGE_DAMAGED', `the snapshot is damaged: ${what}`, { cause })
}
