// The scheduler's domain as the framework sees it.
import { frameworkFeatures } from '../features.ts'
import { edgesTable } from '../rows/edge.ts'
import { hostsTable } from '../rows/host.ts'
import { outboxTable } from '../rows/outbox.ts'
import { peersTable } from '../rows/peer.ts'
import { tasksTable } from '../rows/task.ts'
import { waitersTable } from '../rows/waiter.ts'
import { announceHost } from './announce-host.ts'
import { announceTask } from './announce-task.ts'
import { blockParent } from './block-parent.ts'
import { schedulerContinuations } from './continuations.ts'
import { deleteTask } from './delete-task.ts'
import { finishDownload } from './finish-download.ts'
import { deleteHost, leaveHost } from './leave-host.ts'
import { leaveTask } from './leave-task.ts'
import { reattachStream } from './reattach-stream.ts'
import { registerDownload } from './register-download.ts'
import { registerPeer } from './register-peer.ts'
import { reportPeerResult } from './report-peer-result.ts'
import { reportPieceFailure } from './report-piece-failure.ts'
import { reportPieces } from './report-pieces.ts'
import { reschedulePeer } from './reschedule-peer.ts'
import { finishSeed, reportSeed, startSeed } from './seed-commands.ts'
import { startDownload } from './start-download.ts'
import { attachStream, detachSession, detachStream } from './streams.ts'
import { expireCommands, nextExpiryMs, sweep } from './sweep.ts'
import { Work } from './work.ts'
import type { Domain } from '../command.ts'

/** Hosts, tasks, peers, who serves whom, and the calls to seed hosts. */
export const schedulerDomain: Domain = {
  tables: [hostsTable, tasksTable, peersTable, edgesTable, waitersTable, outboxTable],
  commands: [
    announceHost,
    leaveHost,
    deleteHost,
    registerPeer,
    attachStream,
    detachStream,
    reportPieces,
    reportPieceFailure,
    reportPeerResult,
    announceTask,
    leaveTask,
    startSeed,
    reportSeed,
    finishSeed,
    sweep,
    registerDownload,
    startDownload,
    reschedulePeer,
    finishDownload,
    blockParent,
    deleteTask,
    reattachStream,
  ],
  continuations: schedulerContinuations,
  features: [],
  supportedFeatures: frameworkFeatures,
  sessionClosed(tx, session, context) {
    detachSession(new Work(tx, context), session.sessionId)
  },
  nextExpiryMs,
  expireCommands,
}
