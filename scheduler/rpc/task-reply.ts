// Tasks as API v2 shows them.
import type { commonV2, googleProtobuf } from '../../proto/index.ts'
import { sizeScopeOf } from '../core/index.ts'
import type { SizeScope } from '../core/index.ts'
import { getTask, statTask } from '../replication/commands/index.ts'
import type { TaskRow, TaskStat } from '../replication/commands/index.ts'
import { clockTable } from '../replication/index.ts'
import type { StateReader } from '../replication/index.ts'
import { publicUrl } from './watch-tables.ts'
import { taskTypeWordV2 } from './wire-v2.ts'

/** Turns cluster times of the state, which rows hold, into times of day. */
export type WallTime = (clusterMs: number) => googleProtobuf.Timestamp

/** The two times of the state, side by side: what was then lies as far back in both. */
export function wallTimeOf(reader: StateReader): WallTime {
  const clock = reader.get(clockTable, 0)
  const aheadMs = clock === undefined ? 0 : clock.wallMs - clock.clusterClockMs
  return (clusterMs) => {
    const wallMs = Math.max(0, clusterMs + aheadMs)
    return { seconds: Math.floor(wallMs / 1_000), nanos: (wallMs % 1_000) * 1_000_000 }
  }
}

const scopeWords: Readonly<Record<SizeScope, 'NORMAL' | 'SMALL' | 'TINY' | 'EMPTY' | 'UNKNOW'>> = {
  normal: 'NORMAL',
  small: 'SMALL',
  tiny: 'TINY',
  empty: 'EMPTY',
  unknown: 'UNKNOW',
}

/**
 * Who is shown a task. The headers of its request, and what stands before the host or behind the
 * path of its URL, may be somebody's credentials: they are for operators.
 */
export type Reader = 'operator' | 'anybody'

/** A task with what follows from its peers; undefined when it is unknown. */
export function taskReplyV2(
  reader: StateReader,
  taskId: string,
  shownTo: Reader,
): commonV2.Task | undefined {
  const row = getTask(reader, taskId)
  const stat = statTask(reader, taskId)
  if (row === undefined || stat === undefined) return undefined
  return { ...described(row, shownTo), ...counted(row, stat, wallTimeOf(reader)) }
}

function described(row: TaskRow, shownTo: Reader): commonV2.Task {
  const isOperator = shownTo === 'operator'
  return {
    id: row.id,
    type: taskTypeWordV2(row.type),
    url: isOperator ? row.url : publicUrl(row.url),
    ...(row.digest === '' ? {} : { digest: row.digest }),
    ...(row.tag === '' ? {} : { tag: row.tag }),
    ...(row.application === '' ? {} : { application: row.application }),
    filteredQueryParams: [...row.filteredQueryParams],
    ...(isOperator ? { requestHeader: Object.fromEntries(row.headers) } : {}),
  }
}

/** Unknown lengths are 0 under the scope UNKNOW: an unsigned field has no better word for them. */
function counted(row: TaskRow, stat: TaskStat, wallTime: WallTime): commonV2.Task {
  return {
    contentLength: Math.max(0, row.contentLength),
    pieceCount: Math.max(0, row.totalPieceCount),
    sizeScope: scopeWords[sizeScopeOf(row.contentLength, row.totalPieceCount)],
    state: row.state,
    peerCount: stat.peerCount,
    hasAvailablePeer: stat.hasAvailablePeer,
    createdAt: wallTime(row.createdMs),
    updatedAt: wallTime(row.updatedMs),
  }
}
