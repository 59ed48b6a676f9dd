// Limits of the replication transport by name; docs/limits.md lists them.
import { KiB, MiB } from '../base/index.ts'

/** Largest gRPC message on the replication port, either way; a larger one ends its stream. */
export const raftFrameBytesMax = 4 * MiB

/** Bytes a member may send ahead on one connection before the receiver has taken them. */
export const raftWindowBytes = 4 * MiB

/** Message bytes batched into one frame; one larger message travels alone. */
export const raftBatchBytesMax = 1 * MiB

/** Messages batched into one frame. */
export const raftBatchMessagesMax = 4096

/** Messages waiting for one remote; beyond it `send` drops. */
export const raftQueueMessagesMax = 16_384

/** Bytes waiting for one remote; beyond it `send` drops. */
export const raftQueueBytesMax = 32 * MiB

/** Streams other members may have open to this one at a time. */
export const raftStreamsMax = 256

/** Pause after the first failed connection to a remote; doubled for each further one. */
export const reconnectMsMin = 50

/** Longest pause between two connections to a remote. */
export const reconnectMsMax = 1000

/** A connection without traffic is asked for a sign of life after this long. */
export const keepaliveMs = 3000

/** Without that sign for this long the connection counts as lost. */
export const keepaliveTimeoutMs = 3000

/** Addresses a probe may name. */
export const probeAddressesMax = 64

/** Characters of an address in a probe. */
export const probeAddressLengthMax = 256

/** Largest probe request or reply. */
export const probeBytesMax = 64 * KiB

/** Pairs of peer and refusal that are logged; each once. */
export const refusalLogsMax = 1024

/** Reasons of remotes that are counted by name; the last name stands for all others. */
export const remoteRefusalsMax = 32

/** A lost connection is dialled again at once, for at most this long. */
export const redialMs = 1000

/** Times it is dialled when that was not refused: a process that dies closes its port last. */
export const redialsMax = 6

/** Pause before it is dialled for the second time; doubled for each further one. */
export const redialPauseMs = 10

/** How long closing waits until the streams of other members have heard goodbye. */
export const goodbyeMs = 250

/** Senders without a member row that are answered on their own stream; beyond it the oldest go. */
export const raftStrangersMax = 64
