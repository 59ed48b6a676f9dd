// Every limit of the replicated state machine, in one place. Those marked frozen are part of the
// deterministic rules: changing one needs a feature (design 4.14), because replicas must agree.
import { entryDataBytesMax } from '../../raft/index.ts'
import { hourMs, KiB, MiB, minuteMs, secondMs } from '../../base/index.ts'

/** Commands of one session in flight, and results kept for re-sent ones. Frozen. */
export const sessionWindowCommands = 1024

/** Sessions open at once, one for each member. Frozen. */
export const sessionsMax = 256

/** Puts and deletes of one command; beyond it the command is undone with `limit`. Frozen. */
export const commandRowsTouchedMax = 1000

/**
 * Puts and deletes, and rows read, of the commands of one entry from which on the following ones
 * leave what they can to continuations: an entry is applied in one go. Frozen.
 */
export const entryRowsTouchedTarget = 2000
export const entryRowsVisitedTarget = 20_000

/** Rows one command may read; beyond it the command is undone with `limit`. Frozen. */
export const commandRowsVisitedMax = 10_000

/** Events one command may emit; beyond it the command is undone with `limit`. Frozen. */
export const commandEventsMax = 10_000

/** Encoded bytes of one command's body; a larger one is refused with `too-large`. Frozen. */
export const commandBodyBytesMax = 512 * KiB

/**
 * Encoded bytes of a result that is kept for a re-sent command; larger ones are not kept. Frozen.
 */
export const resultBytesMax = 4 * KiB

/** Commands in one log entry. Frozen. */
export const batchCommandsMax = 1024

/** Encoded bytes of one log entry's batch (raft's own limit). Frozen. */
export const batchBytesMax = entryDataBytesMax

/** Encoded bytes the proposer collects into one entry before it starts the next. */
export const batchBytesTarget = MiB

/** Depth of nested arrays in a batch. Frozen. */
export const wireDepthMax = 16

/** Values (array elements and arrays) in one batch. Frozen. */
export const wireValuesMax = 262_144

/** UTF-8 bytes of one component of a key: what its 16-bit length can say. Frozen. */
export const keyTextBytesMax = 65_535

/** Text of an actor or an operation id, UTF-16 units. Frozen. */
export const actorLengthMax = 256

/** Members in the membership table. Frozen. */
export const membersMax = 64

/** Features in the features table. Frozen. */
export const featuresMax = 256

/** Unfinished continuations; a command that would add one more is undone with `limit`. Frozen. */
export const continuationsMax = 100_000

/** Tombstones kept; the oldest goes first when there are more. Frozen. */
export const tombstonesMax = 100_000

/** Life of a tombstone in cluster time. Frozen. */
export const tombstoneTtlMs = 10 * minuteMs

/** A command is applied at most this long (cluster time) after a member accepted it. */
export const commandLifeMsMax = 10 * secondMs

/** Log indices between two stored digests. Frozen. */
export const digestIntervalIndexes = 4096

/** Commands that wait behind the session window before the proposer refuses. */
export const proposerQueueCommandsMax = 8192

/** Encoded bytes that wait behind the session window before the proposer refuses. */
export const proposerQueueBytesMax = 32 * MiB

/** Applied entries not yet in the state store beyond which the state is overloaded. */
export const flushLagEntriesMax = 8192

/** Encoded bytes not yet in the state store beyond which the state is overloaded. */
export const flushLagBytesMax = 64 * MiB

/** Age of the oldest entry not yet in the state store beyond which the state is overloaded. */
export const flushLagMsMax = 10 * secondMs

/** Entries the proposer has under way; while they are, further commands gather for the next one. */
export const proposerEntriesInFlightMax = 64

/** Pause between two looks of the leader at its duties: how late a sweep may begin. */
export const dutyPauseMs = 100

/** Longest that the stored cluster clock stands still while something may expire. */
export const clockTickMs = secondMs

/** How long a duty's proposal may take before it is tried again. */
export const dutyTimeoutMs = 5 * secondMs

/** Commands of one sweep. */
export const sweepCommandsMax = 256

/** Continuations advanced side by side. */
export const continuationsInFlightMax = 16

/** Cluster time without contact after which the leader closes a member's session. */
export const memberSilenceMs = 5 * secondMs

/** Sweeps that may follow one another within `dutyPauseMs`. */
export const sweepsPerPauseMax = 32

/** Rows of replicated configuration, those of the cluster itself included. Frozen. */
export const configRowsMax = 10_000

/** Joins in the state: those under way, and learners that stay learners. Frozen. */
export const joinsMax = 64

/** Joins under way at once; a further host is told to ask again later. Frozen. */
export const joinsUnderWayMax = 2

/** Admissions of one host within `hostAdmissionWindowMs`. Frozen. */
export const hostAdmissionsMax = 3

/** Cluster time in which the admissions of a host are counted. Frozen. */
export const hostAdmissionWindowMs = 10 * minuteMs

/** Hosts whose admissions are remembered; the one admitted longest ago goes first. Frozen. */
export const hostJoinsMax = 1000

/** Cluster time after which a join that was not admitted keeps nobody else waiting. Frozen. */
export const joinHoldMs = 30 * secondMs

/** Removed members the state remembers; the oldest go first. Frozen. */
export const removedMembersMax = 1000

/** Hosts that are kept out; the oldest go first. Frozen. */
export const hostBlocksMax = 1000

/** Join tokens, expired and used ones included. Frozen. */
export const joinTokensMax = 1000

/** Uses of one join token. Frozen. */
export const joinTokenUsesMax = 10_000

/** Life of a join token in wall time. Frozen. */
export const joinTokenTtlMsMax = 365 * 24 * hourMs

/** Cluster time without contact after which the leader calls a member failed. */
export const failSilenceMs = 5 * secondMs

/** Cluster time of contact without a break after which a failed member may load again. */
export const recoveryContactMs = secondMs

/** Pause between two looks of the leader at the node states. */
export const nodeStateLookMs = 250

/** How long a member has to say how far it has come; then it is asked again at the next look. */
export const progressAskMs = secondMs

/** Shortest time between two commands that keep the progress of one member … */
export const progressReportMs = secondMs

/** … unless it has come this much further, in percent. */
export const progressReportPercent = 5

/** Pause between two looks of the leader at the features. */
export const featureLookMs = secondMs

/** Rows of each table whose encoded size stands for all when a state's size is estimated. */
export const sizeSampleRowsMax = 64

/** Pause between two tries of a hidden or draining leader to hand leadership over. */
export const handoverPauseMs = 2 * secondMs

/** Rows indexed in one turn of the event loop while an image is taken. */
export const indexCellsPerStepMax = 16_384
