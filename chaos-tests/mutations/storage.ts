// Mistakes about what is on disk, and about what a machine makes of the log.
import { simulator, tests } from './mutation.ts'
import type { Mutation } from './mutation.ts'

const applier = 'scheduler/replication/entry-applier.ts'
const log = 'storage/wal/write-ahead-log.ts'

export const storageMutations: readonly Mutation[] = [
  {
    id: 'sync-left-out',
    rule: 'R-16.1, paper figure 2',
    what: 'the log says that records are durable and never syncs them',
    file: 'storage/wal/tail-segment.ts',
    find: '    await this.#file.writeSynced(this.#offset, [records])\n',
    replace: '    await this.#file.write(this.#offset, [records])\n',
    caughtBy: [tests('storage/wal/crash.test.ts'), simulator(20)],
  },
  {
    id: 'directory-not-synced',
    rule: 'R-16.3',
    what: 'a new segment may be gone after a power cut',
    file: 'storage/wal/segment-files.ts',
    find: '  await disk.rename(unfinished, `${directory}/${name}`)\n  await disk.syncDirectory(directory)\n',
    replace: '  await disk.rename(unfinished, `${directory}/${name}`)\n',
    caughtBy: [tests('storage/wal/crash.test.ts'), simulator(50)],
  },
  {
    id: 'rotation-without-sync',
    rule: 'B19, R-16.2',
    what: 'a segment is sealed and the seal is not synced',
    file: log,
    find: '    await old.write(seal, chain)\n    await old.sync()\n',
    replace: '    await old.write(seal, chain)\n',
    caughtBy: [tests('storage/wal/crash.test.ts'), simulator(50)],
  },
  {
    id: 'on-after-a-failed-sync',
    rule: 'R-16.1, R-14.1',
    what: 'a log whose sync failed takes the next write as if nothing had been',
    file: log,
    find: '    if (this.#failure !== undefined) return this.#failure\n    if (this.#closing',
    replace: '    this.#failure = undefined\n    if (this.#closing',
    caughtBy: [tests('storage/wal/failure.test.ts')],
  },
  {
    id: 'failed-write-ignored',
    rule: 'R-14.1, B08',
    what: 'a replica whose log failed goes on',
    file: 'raft/driver/log-writer.ts',
    find: "        this.#done()\n        onFailed('RAFT_LOG_WRITE_FAILED', error)\n",
    replace: '        this.#done()\n        if (error === undefined) onDurable(work)\n',
    caughtBy: [tests('raft/driver/raft-node.test.ts'), simulator(200)],
  },
  {
    id: 'segments-removed-too-early',
    rule: 'B07',
    what: 'segments are removed that hold entries after the mark',
    file: log,
    find: '      if (this.#segments[count + 1]!.header.firstIndex > end) break\n',
    replace: '      if (this.#segments[count]!.header.firstIndex > end) break\n',
    caughtBy: [tests('storage/wal/failure.test.ts'), simulator(50)],
  },
  {
    id: 'gap-accepted',
    rule: 'design 4.5, R-8.1',
    what: 'a session carries out a command although one before it is missing',
    file: applier,
    find: '      } else if (seq !== lastSeq + 1) {\n',
    replace: '      } else if (seq < 0) {\n',
    caughtBy: [tests('scheduler/replication/replicated-state.test.ts'), simulator(50)],
  },
  {
    id: 'duplicate-carried-out',
    rule: 'design 4.5, R-8.1, thesis 6.3',
    what: 'a command that comes again is carried out again',
    file: applier,
    find: '        const outcome = this.#keptOutcome(sessionId, seq, kept, firstSeq)\n',
    replace:
      '        this.#keptOutcome(sessionId, seq, kept, firstSeq)\n' +
      '        const { outcome } = this.#run(command, ordinal, session)\n',
    caughtBy: [tests('scheduler/replication/replicated-state.test.ts'), simulator(400)],
  },
  {
    id: 'late-command-acts',
    rule: 'design 4.5',
    what: 'a command acts although its time is over',
    file: applier,
    find: `    if (envelope.notAfterMs !== 0 && stampMs > envelope.notAfterMs) return refuse('expired')\n`,
    replace: '',
    caughtBy: [tests('scheduler/replication/replicated-state.test.ts')],
  },
  {
    id: 'sent-again-out-of-order',
    rule: 'design 4.5',
    what: 'after a change of leaders new commands go before the old ones',
    file: 'scheduler/replication/proposer.ts',
    find: '    for (const command of this.#inFlight) {\n      const size = command.encoded',
    replace:
      '    for (const command of this.#inFlight.toReversed()) {\n      const size = command.encoded',
    caughtBy: [tests('scheduler/replication/proposer.test.ts')],
  },
  {
    id: 'exception-leaves-traces',
    rule: 'design 4.6',
    what: 'what a command did before it threw stays',
    file: 'scheduler/replication/state-transaction.ts',
    find: '    for (const record of this.#journal.reverse()) {\n',
    replace: '    for (const record of this.#journal.slice(0, 0)) {\n',
    caughtBy: [tests('scheduler/replication/state-transaction.test.ts')],
  },
  {
    id: 'index-in-order-of-arrival',
    rule: 'design 4.6',
    what: 'rows are walked in the order in which they came, not by a stored key',
    file: 'scheduler/replication/sorted-cells.ts',
    find: '    if (end === undefined || compareRows(this.#order, end.row, row) < 0) return piece.length\n',
    replace: '    if (end === undefined || end.row !== row) return piece.length\n',
    caughtBy: [tests('scheduler/replication/sorted-cells.test.ts'), simulator(20)],
  },
  {
    id: 'digest-leaves-out-deletes',
    rule: 'design 4.8, R-22.1',
    what: 'the digest keeps the hash of a row that is gone',
    file: 'scheduler/replication/settlement.ts',
    find: '    if (settled !== undefined && isCovered) this.digest.subtract(settled)\n',
    replace:
      '    if (settled !== undefined && isCovered && cell !== undefined) this.digest.subtract(settled)\n',
    caughtBy: [tests('scheduler/replication/durable-state.test.ts'), simulator(20)],
  },
  {
    id: 'session-without-results',
    rule: 'R-8.1, R-18.1',
    what: 'the results for commands that come again are not kept',
    file: applier,
    find: '      this.#tx.put(resultTable, { sessionId, firstSeq, index: this.#place.index, outcomes })\n',
    replace: '',
    caughtBy: [tests('scheduler/replication/replicated-state.test.ts')],
  },
]
