// How far this member has come with its state, for the leader that asks (design 6). Before Raft
// runs that is the loading of stored rows; afterwards the image it receives, and the log it
// applies.
import type { raftV1 } from '../../proto/index.ts'
import type { RaftNode } from '../../raft/index.ts'
import type { ProgressAnswer } from '../../runtime/grpc-raft-transport.ts'
import type { ProbeAnswer } from '../../storage/index.ts'

/** One look at a member that starts. */
export interface LoadProgress {
  /**
   * joining: no replica runs yet. loading: opens its state, or receives or installs an image.
   * running: applies the log.
   */
  readonly phase: 'joining' | 'loading' | 'running'
  readonly bytesDone: number
  /** 0 = not known. */
  readonly bytesTotal: number
  /** Last entry its state shows, and the last one its log holds. */
  readonly applied: number
  readonly lastIndex: number
}

const joining: LoadProgress = {
  phase: 'joining',
  bytesDone: 0,
  bytesTotal: 0,
  applied: 0,
  lastIndex: 0,
}

/** Counts the rows that are loaded while a member opens its state. */
export class RowLoading {
  #bytesDone = 0

  /** A row was loaded. */
  add(sizeBytes: number): void {
    this.#bytesDone += sizeBytes
  }

  look(): LoadProgress {
    return { ...joining, phase: 'loading', bytesDone: this.#bytesDone }
  }
}

/** The progress of a replica that runs. */
export function replicaProgress(raft: Pick<RaftNode, 'status' | 'gauges'>): LoadProgress {
  const { lifecycle, applied, lastIndex, lacksState } = raft.status()
  const { imagesReceiving, imageBytesReceived } = raft.gauges()
  // A replica without any state waits for an image, or for the first entries of the log.
  const isLoading = lifecycle === 'created' || imagesReceiving > 0 || lacksState || applied === 0
  const phase = isLoading ? 'loading' : 'running'
  return { phase, bytesDone: imageBytesReceived, bytesTotal: 0, applied, lastIndex }
}

/** Who this process is, and how far it has come. */
export interface ProgressSource {
  /** 32 lower-case hex characters. */
  readonly bootId: string
  /** What it says when it is probed; undefined before it may say anything. */
  readonly answer: ProbeAnswer | undefined
  /** Undefined while no replica is opened. */
  readonly look: (() => LoadProgress) | undefined
}

/** Answers a question about progress, if it is this replica and incarnation that is meant. */
export function answerProgress(
  request: raftV1.ProgressRequest__Output,
  { bootId, answer, look }: ProgressSource,
): ProgressAnswer {
  if (answer === undefined) return { ok: false, reason: 'not-ready' }
  const { state, incarnation } = answer
  const isSame = incarnation === request.incarnation
  if (state === 'member') {
    const { clusterId, replicaId } = answer
    const isMeant = isSame && clusterId === request.clusterId && replicaId === request.replicaId
    if (!isMeant) return { ok: false, reason: 'other-member' }
    return { ok: true, reply: { bootId, ...(look?.() ?? { ...joining, phase: 'loading' }) } }
  }
  // A joiner learns the id of its replica after the leader does.
  if (state !== 'joining' || !isSame) return { ok: false, reason: 'other-member' }
  return { ok: true, reply: { bootId, ...joining } }
}
