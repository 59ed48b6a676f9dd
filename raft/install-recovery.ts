// What boot code makes of a log that was told of an image. The three steps of an install
// are: the log is told, the state is replaced, the log begins anew. Only a crash between the last
// two needs help, and only then does the log disagree with the state about the entry they share.
import type { LogContents, LogMark } from './log-storage.ts'

/** An install to be finished: reset the log to `mark`, then open the replica with `contents`. */
export interface UnfinishedInstall {
  readonly mark: LogMark
  /** What the log holds after that reset; its `hardState` is what the reset has to store. */
  readonly contents: LogContents
}

/**
 * The install that a crash has interrupted after the state was replaced; undefined when there is
 * nothing to finish. `stateIndex` is the last index whose effects the durable state shows. Call it
 * before the replica is opened, and `LogStorage.reset` when it returns something.
 */
export function unfinishedInstall(
  contents: LogContents,
  stateIndex: number,
): UnfinishedInstall | undefined {
  const { announced: mark, hardState } = contents
  // With an older state the image never arrived, and the log goes on as it is. Nothing is applied
  // between the two steps: a newer state is of a log that went on, or of another log.
  if (mark === undefined || stateIndex !== mark.index) return undefined
  if (mark.index < contents.compacted.index || termAt(contents, mark.index) === mark.term) {
    // The log has caught up with the announced index in the ordinary way.
    return undefined
  }
  const term = Math.max(hardState.term, mark.term)
  return {
    mark,
    contents: {
      hardState: {
        term,
        votedFor: term === hardState.term ? hardState.votedFor : 0,
        // What was committed beyond it comes with the entries that follow.
        commit: mark.index,
      },
      compacted: mark,
      entries: [],
      announced: undefined,
    },
  }
}

function termAt({ compacted, entries }: LogContents, index: number): number | undefined {
  if (index === compacted.index) return compacted.term
  return entries[index - compacted.index - 1]?.term
}
