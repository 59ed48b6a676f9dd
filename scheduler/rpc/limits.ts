// Every limit of the client port, in one place. Lengths of ids, URLs, labels and the like are the
// domain's (scheduler/core/limits.ts): what the state could not hold is refused here already.
import { hourMs, KiB, MiB, minuteMs, secondMs } from '../../base/index.ts'

/** Bytes of one received message: the announcement of a task with the most pieces fits. */
export const receiveBytesMax = 24 * MiB

/** Bytes of one sent message; only long lists of hosts come near it. */
export const sendBytesMax = 64 * MiB

/** Bytes of one request, the pieces of an announced task aside. */
export const requestBytesMax = MiB

/** Bytes of a reply that its client has not taken from which on it is watched. */
export const unsentReplyBytesMin = 64 * KiB

/** Bytes of such replies at one member; beyond it the oldest calls end as RESOURCE_EXHAUSTED. */
export const unsentBytesMax = 512 * MiB

/** The same of one connection, which takes the largest reply twice; the newest call ends. */
export const unsentConnectionBytesMax = 128 * MiB

/** How long a client may leave such a reply. */
export const unsentMsMax = 2 * minuteMs

/** Bytes of one request's headers. */
export const headerBytesMax = 16 * KiB

/** Streams and calls of one connection at once. */
export const connectionStreamsMax = 4_096

/** Streams of peers of this member at once, of both APIs. */
export const peerStreamsMax = 65_536

/** Calls and new streams per second; as many may come at once after a quiet second. */
export const requestRateLimit = 4_000

/** Longest a member waits for a leader before it answers UNAVAILABLE. */
export const leaderWaitMsMax = 5 * secondMs

/**
 * Longest a call runs at one member, whatever its client's deadline: a leader that has not
 * confirmed it by then may be gone, and another member may know a better one.
 */
export const callMsMax = leaderWaitMsMax

/** Kept of a client's deadline so that the answer arrives before it. */
export const callReserveMs = 20

/** Without a leader this long the member reports NOT_SERVING and ends its streams of API v1. */
export const leaderlessMsMax = 2 * secondMs

/** How often the above is looked at. */
export const leaderCheckMs = 100

/** How long running calls may go on when the member stops. */
export const stopGraceMs = 2 * secondMs

/** Silence of a client connection after which it is probed, and time it has to answer. */
export const connectionProbeMs = 20 * secondMs

/** A connection without a call is closed after this long; clients open another one. */
export const connectionIdleMsMax = 10 * minuteMs

/** A connection this old takes no new calls: clients are spread anew over the members. */
export const connectionAgeMsMax = 12 * hourMs

/** How long the streams of such a connection may go on. */
export const connectionAgeGraceMs = 5 * minuteMs

/** Smallest and largest port a peer may announce. */
export const peerPortMin = 1_024
export const peerPortMax = 65_534

/** Smallest piece length a client of API v2 may ask for. */
export const pieceLengthMin = 4 * MiB

/** Hosts in one ListHosts reply. */
export const hostsListedMax = 50_000

/** How long piece reports are collected. */
export const reportPauseMs = 200

/** Piece numbers that wait to be reported on this member; further ones are dropped and counted. */
export const reportPiecesPendingMax = 262_144

/** report-pieces commands of this member that are on their way; further reports wait. */
export const reportCommandsMax = 64

/** Bytes of bitsets in one report-pieces command. */
export const reportBytesMax = 128 * KiB

/** Bytes of one bitset in a report; wider gaps between pieces make several items. */
export const reportSpanBytesMax = 4 * KiB

/** Time a command derived from a stream may take to be applied. */
export const streamCommandMsMax = 10 * secondMs

/** Pause before a peer that could not be taken off a stream is tried again. */
export const detachRetryMs = secondMs

/** Tries to take a peer off a stream that is over. */
export const detachmentTriesMax = 60

/** Peers that wait for such a try; more are left to the end of their session or of their time. */
export const detachmentsWaitingMax = 2 * peerStreamsMax

/** Failure reports of one stream on their way; beyond it the stream is read no further. */
export const streamFailuresMax = 16

/** Packets that wait in one stream for a slow client before the stream is ended. */
export const streamPacketsMax = 64

/** Seed calls of the leader at once. */
export const seedCallsMax = 256

/** Pause before the runner looks again at what it could not start or report. */
export const seedRetryMs = secondMs

/** How long what a seed says is collected. */
export const seedReportPauseMs = 100

/** Pieces of one seed that may wait to be reported before its stream is read no further. */
export const seedPiecesPendingMax = 1_024

/** A seed that is not connected to within this long is not there (upstream's health check). */
export const seedConnectMsMax = 2 * secondMs

/** Silence of a running seed call after which it counts as broken. */
export const seedSilenceMsMax = 120 * secondMs

/** Largest message of a seed. */
export const seedReceiveBytesMax = MiB

/** Wrong credentials from one client address in a row before it has to wait. */
export const failuresAtOnceMax = 10

/** Each this long one of them is forgiven. */
export const failurePauseMs = secondMs

/** Client addresses whose wrong credentials are remembered; the newest. */
export const failureAddressesMax = 1_024

/** Watches of this member at once. */
export const watchesMax = 256

/** Lists that are made at once; further watches without a token are refused for now. */
export const watchListsMax = 16

/** Changes kept for watchers that come back or read slowly: log indexes, and bytes about. */
export const watchHistoryFramesMax = 65_536
export const watchHistoryBytesMax = 16 * MiB

/** Tables one watch may name. */
export const watchTablesMax = 32

/** Rows in one frame of a list: with the largest rows there are, still under `sendBytesMax`. */
export const watchListRowsMax = 128

/** Rows looked at in one turn of the event loop for a list. */
export const watchRowsVisitedMax = 1_024

/** Rows that may change while a list is made before the list is given up. */
export const watchListChangesMax = 262_144

/** Bytes of one log index's changes; beyond it watchers must list anew. */
export const watchFrameBytesMax = 32 * MiB

/** How often a watcher hears how far its member is, and from whom. */
export const watchProgressMs = secondMs

/** Without contact with the leader this long a member ends its watches. */
export const watchLeaderlessMsMax = 3 * secondMs

/** How long a watcher may take nothing before its watch is ended. */
export const watchStallMsMax = minuteMs

/** How often such things are looked at. */
export const watchCheckMs = 250

/** Characters of the reason an operator gives for the record. */
export const operatorReasonLengthMax = 256

/** How long a join token admits when its maker does not say. */
export const joinTokenTtlMsDefault = hourMs

/** Text of a request to join: host ids, addresses, versions, tokens; UTF-16 units. */
export const joinTextLengthMax = 256

/** Features a joining program may name, and the length of one name. */
export const joinFeaturesMax = 256
export const joinFeatureLengthMax = 128

/** Snapshots that a member sends to operators at a time. */
export const snapshotsMax = 2

/** How long the client of a snapshot may take nothing before its call is ended. */
export const snapshotStallMsMax = minuteMs

/** Label sets of a metric whose labels only the scheduler's own words fill. */
export const closedLabelSetsMax = 64

/** Label sets of announced systems and builds; further ones count as `other`. */
export const announcedLabelSetsMax = 1_000

/** Characters kept of each of them. */
export const announcedLabelLengthMax = 128

/** Hosts, twice for what they get and give, that are counted by name; further ones as `other`. */
export const hostTrafficLabelSetsMax = 20_000

/** Steps of the automaton of one URL pattern of an application. */
export const patternInstructionsMax = 2_000

/** Most often a part of a URL pattern may be said to repeat. */
export const patternRepeatMax = 1_000

/** Steps spent on the URL patterns of one request; a URL that takes more counts as no match. */
export const patternStepsMax = 1_000_000

/** Items of one answer of the store's List. */
export const storeListItemsMax = 1_000

/** The same where the request does not say. */
export const storeListItemsDefault = 100

/** Bytes of one such answer, so that clients take it by default; one item always fits. */
export const storeListBytesMax = 2 * MiB
