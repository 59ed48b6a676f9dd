// Limits and times of the scheduler's domain. All are part of the deterministic rules (every
// replica must use the same value), so changing one needs a feature; design 4.14. What operators
// may set (settings.ts) has its default here.
import { GiB, hourMs, KiB, MiB, minuteMs, secondMs } from '../../base/index.ts'

/** UTF-16 units of a task, peer or host id. */
export const idLengthMax = 512

/** UTF-16 units of a URL. */
export const urlLengthMax = 16 * KiB

/** UTF-16 units of a tag, an application, an idc or a location. */
export const labelLengthMax = 1024

/** UTF-16 units of an address, a host name, a version, a digest. */
export const nameLengthMax = 512

/** Names in a task's list of filtered query parameters. */
export const filtersMax = 256

/** Headers of a task's request. */
export const headersMax = 256

/** UTF-16 units of one header value. */
export const headerValueLengthMax = 16 * KiB

/** Bytes of the opaque host statistics in one announce. */
export const hostStatsBytesMax = 8 * KiB

/** Bytes of an opaque source error that is handed on to other peers. */
export const sourceErrorBytesMax = 8 * KiB

/** Bytes of content a task may have: 16 TiB, all pieces of the largest length. */
export const contentLengthMax = 16 * KiB * GiB

/** Bytes of one piece. */
export const pieceLengthMax = 64 * MiB

/** Bytes of content that one edge counts for; sums over the edges of a host stay exact. */
export const edgeContentLengthMax = 64 * GiB

/** Pieces a task may have; its bitset is at most 32 KiB. */
export const pieceCountMax = 262_144

/** Piece costs a peer keeps. */
export const pieceCostsMax = 30

/** A piece cost above this counts as this, so that squares stay exact. */
export const pieceCostMsMax = 600_000

/** Peers a child refuses as parents; the oldest is forgotten first. */
export const blockedParentsMax = 64

/** Items of one `report-pieces` command. */
export const reportItemsMax = 128

/** Parents named by one item of `report-pieces`. */
export const reportParentsMax = 4

/** Parents a child gets at once. */
export const candidateParentLimit = 3

/** Possible parents that are compared for one child. */
export const filterParentLimit = 15

/** Possible parents looked at to find those. */
export const sampleVisitedMax = 200

/** Waiters of other tasks looked at when a full host has a free slot again. */
export const slotWaitersVisitedMax = 200

/** Seed hosts looked at to choose one. */
export const seedHostsVisitedMax = 256

/** Edges walked below a child; beyond it only peers without parents may become its parents. */
export const descendantsVisitedMax = 2000

/** Peers of one task that may fetch from the source at the same time. */
export const backToSourceLimit = 200

/** Failed back-to-source peers of one task beyond which its children are told to stop. */
export const failedPeerCountLimit = 200

/** Children a normal host serves at once unless its announce says otherwise. */
export const concurrentUploadLimitNormal = 200

/** Children a seed host serves at once unless its announce says otherwise. */
export const concurrentUploadLimitSeed = 2000

/** Largest such number an announce may ask for. */
export const concurrentUploadLimitMax = 10_000

/** Pieces a peer downloads at once unless it says otherwise. */
export const concurrentPieceCountDefault = 8

/** Largest such number. */
export const concurrentPieceCountMax = 256

/** Pause between two tries of upstream's scheduling loop. */
export const retryIntervalMs = 500

/** Tries without a parent after which a peer is sent to the source. */
export const retryBackToSourceLimit = 4

/** Tries without a parent after which a peer that cannot go to the source fails. */
export const retryLimit = 5

/** Equal announces of a host within this time are one. */
export const announceMergeMs = secondMs

/** A host's sign of life is stored at most this often. */
export const aliveResolutionMs = secondMs

/** A parent's use is stored at most this often. */
export const parentUseResolutionMs = 10 * minuteMs

/** Longest announce interval; a host is taken for dead after two of them. */
export const announceIntervalMsMax = 24 * hourMs

/** Life of a host that announces no interval. */
export const hostTtlMs = hourMs

/** How long a host that left is remembered, so that an older announce is recognised. */
export const leftHostTtlMs = 10 * minuteMs

/** Life of a peer without a change. */
export const peerTtlMs = 24 * hourMs

/** Life of a downloading peer without a piece. */
export const pieceDownloadTimeoutMs = 30 * minuteMs

/** Life of a failed peer. */
export const failedPeerTtlMs = 10 * secondMs

/** A peer that is detached this long loses its edges and slots. */
export const detachGraceMs = 30 * secondMs

/** Life of a task without peers. */
export const taskTtlMs = 30 * minuteMs

/** A seed whose download failed is not asked for that task again for this long. */
export const seedFailedTtlMs = 30 * minuteMs

/** A seed that could not be connected to is asked for nothing for this long. */
export const seedUnreachableTtlMs = 30 * secondMs

/** Waiters looked at for the one that goes to the source when no seed fetches. */
export const unseededWaitersMax = 16

/** Longest seed download. */
export const seedDeadlineMs = 10 * hourMs

/** Times a seed download is started in all, those that were interrupted included. */
export const seedAttemptsMax = 5

/** A peer sent to the source this recently is expected to begin; others wait for it. */
export const sourceStartMs = 10 * secondMs

/** Bytes of the download a seed of API v2 is asked for; a larger one goes to the source. */
export const seedDownloadBytesMax = 64 * KiB

/** Applications with a priority. */
export const applicationsMax = 100

/** URL rules of one application. */
export const applicationUrlsMax = 50

/** UTF-16 units of the pattern of a URL rule. */
export const applicationRegexLengthMax = 512

/** Open seed downloads in the outbox; beyond it peers go to the source. */
export const outboxItemsMax = 10_000
