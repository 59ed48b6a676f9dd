// Raft's Transport over gRPC: to every remote one long-lived stream for what this member sends, and
// from every remote one that it opened. Each message names cluster, sender and receiver with their
// incarnations, and is dropped with a counted reason when they are not who we think.
import { Metadata, status as grpcStatus } from '@grpc/grpc-js'
import { assert } from '../base/index.ts'
import type { Clock, Logger, Random, Transport } from '../base/index.ts'
import type { raftV1 } from '../proto/index.ts'
import { checkHeader, decodeMessage, encodeMessage, protocolVersion } from '../raft/index.ts'
import type { DecodeRefusal, HeaderRefusal, Message, MessageHeader } from '../raft/index.ts'
import { Boots } from './grpc-raft-transport-boots.ts'
import { isFrameIntact, refuseStream } from './grpc-raft-transport-frame.ts'
import type { IncomingStream } from './grpc-raft-transport-frame.ts'
import {
  goodbyeMs,
  raftStreamsMax,
  refusalLogsMax,
  remoteRefusalsMax,
} from './grpc-raft-transport-limits.ts'
import { RaftLink } from './grpc-raft-transport-link.ts'
import type { LinkState } from './grpc-raft-transport-link.ts'
import { certificateNames, Speaker } from './grpc-raft-transport-speaker.ts'
import { Strangers } from './grpc-raft-transport-strangers.ts'
import { widenWindow } from './grpc-raft-transport-window.ts'
import { identityOf } from './grpc-tls.ts'
import type { TransportSecurity } from './grpc-tls.ts'

export {
  askProgress,
  probeMember,
  raftServerOptions,
  registerRaftService,
} from './grpc-raft-transport-service.ts'
export type {
  AskOptions,
  ProgressAnswer,
  ProbeOutcome,
  ProgressOutcome,
  RaftServiceHandlers,
} from './grpc-raft-transport-service.ts'

/** Why an incoming message or frame was dropped. */
export type TransportRefusal =
  | HeaderRefusal
  | DecodeRefusal
  | 'checksum'
  /** Whoever has sent it shows the certificate of another host, or none. */
  | 'wrong-certificate'
  /** Another process speaks for the same member. */
  | typeof duplicateIdentity

/** What a process is told that runs with the identity of another one. */
export const duplicateIdentity = 'duplicate-identity'

export interface RaftMember {
  /** host:port of its replication service. */
  readonly address: string
  readonly incarnation: string
  /** The host id that its certificate may name instead of its address. @default none */
  readonly hostId?: string
}

export interface GrpcRaftTransportDeps {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

export interface GrpcRaftTransportOptions {
  /** Who this member is; ids are 32 lower-case hex characters. */
  readonly self: {
    readonly clusterId: string
    readonly replicaId: number
    readonly incarnation: string
    readonly bootId: string
  }
  /**
   * How long a process of a member that says nothing keeps its place against a second one: one
   * election timeout. @default 1000
   */
  readonly heardWithinMs?: number
  /** For the connections this member opens, and what it demands of those that others open. */
  readonly security: TransportSecurity
}

/** Counters since start. */
export interface RaftTransportMetrics {
  readonly framesReceived: number
  readonly messagesReceived: number
  readonly messagesQueued: number
  /** Refused by `send`: unknown remote, link down, queue full. */
  readonly messagesDropped: number
  /** Dropped on arrival, by reason. */
  readonly refusals: ReadonlyMap<TransportRefusal, number>
  /** What remotes said about our messages, by reason; `other`: no reason, or one too many. */
  readonly refusedByRemotes: ReadonlyMap<string, number>
  /** Streams other members have open to this one. */
  readonly streamsOpen: number
  /** Open streams that ended without a goodbye at an address where nobody listened any more. */
  readonly connectionsRefused: number
}

/** A stream that another member has opened. */
interface OpenedStream {
  readonly stream: IncomingStream
  readonly speaker: Speaker
  /** What it was told that we refuse. */
  readonly told: Set<TransportRefusal>
}

/** What a reason may look like; a newer remote may have one that this program does not know. */
const refusalForm = /^[a-z][a-z-]{0,63}$/

/** Group 0 is the only one; the header carries it for later. */
const group = 0

/** Transport between the members given to `setMembers`; it opens streams when it first sends. */
export class GrpcRaftTransport implements Transport<Message> {
  readonly #deps: GrpcRaftTransportDeps
  readonly #options: GrpcRaftTransportOptions
  readonly #members = new Map<number, RaftMember>()
  readonly #links = new Map<number, RaftLink>()
  readonly #streams = new Set<IncomingStream>()
  readonly #refusals = new Map<TransportRefusal, number>()
  readonly #refusedByRemotes = new Map<string, number>()
  readonly #logged = new Set<string>()
  readonly #strangers = new Strangers()
  readonly #boots: Boots
  #duplicate: ((id: number) => void) | undefined
  #receive: ((message: Message) => void) | undefined
  #refused: ((id: number) => void) | undefined
  #isClosed = false
  #connectionsRefused = 0
  #framesReceived = 0
  #messagesReceived = 0
  #messagesQueued = 0
  #messagesDropped = 0

  constructor(deps: GrpcRaftTransportDeps, options: GrpcRaftTransportOptions) {
    this.#deps = deps
    this.#options = options
    const { heardWithinMs = 1000 } = options
    this.#boots = new Boots(deps, { heardWithinMs })
  }

  get metrics(): RaftTransportMetrics {
    return {
      framesReceived: this.#framesReceived,
      messagesReceived: this.#messagesReceived,
      messagesQueued: this.#messagesQueued,
      messagesDropped: this.#messagesDropped,
      refusals: this.#refusals,
      refusedByRemotes: this.#refusedByRemotes,
      streamsOpen: this.#streams.size,
      connectionsRefused: this.#connectionsRefused,
    }
  }

  /** State of the way to `replicaId`; undefined when it is no remote member. */
  linkState(replicaId: number): LinkState | undefined {
    return this.#links.get(replicaId)?.state
  }

  /** Sets who may send and be sent to, by replicaId; may name this member itself. */
  setMembers(members: ReadonlyMap<number, RaftMember>): void {
    for (const [id, link] of this.#links) {
      const [before, after] = [this.#members.get(id), members.get(id)]
      if (before?.address === after?.address && before?.incarnation === after?.incarnation) continue
      link.close()
      this.#links.delete(id)
    }
    this.#members.clear()
    for (const [id, member] of members) {
      this.#members.set(id, member)
      this.#strangers.forget(id)
    }
    this.#boots.keep((id) => members.has(id))
    if (this.#isClosed) return
    for (const [id, member] of members) {
      if (id !== this.#options.self.replicaId && !this.#links.has(id)) this.#addLink(id, member)
    }
  }

  send(to: number, message: Message): boolean {
    const { self } = this.#options
    assert(message.from === self.replicaId && message.to === to, 'a message names both ends')
    if (this.#isClosed || !this.#sendEncoded(to, message)) {
      this.#messagesDropped += 1
      return false
    }
    this.#messagesQueued += 1
    return true
  }

  onMessage(receive: (message: Message) => void): void {
    this.#receive = receive
  }

  onRefused(notice: (id: number) => void): void {
    this.#refused = notice
  }

  /** Sets who is told, each time, that member `id` hears another process with our identity. */
  onDuplicate(notice: (id: number) => void): void {
    this.#duplicate = notice
  }

  /** Says goodbye, so that nobody takes this for a crash, and waits a moment until it is heard. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    for (const link of this.#links.values()) link.close()
    this.#links.clear()
    const streams = [...this.#streams]
    this.#streams.clear()
    await Promise.all(streams.map((stream) => this.#sayGoodbye(stream)))
  }

  /** Takes over a stream another member has opened; see `registerRaftService`. */
  accept(stream: IncomingStream): void {
    if (this.#isClosed || this.#streams.size >= raftStreamsMax) {
      const code = this.#isClosed ? grpcStatus.UNAVAILABLE : grpcStatus.RESOURCE_EXHAUSTED
      refuseStream(stream, code, 'no more streams')
      return
    }
    const { isSecure } = this.#options.security
    const told = new Set<TransportRefusal>()
    const speaker = new Speaker(isSecure ? identityOf(stream) : undefined, { isSecure })
    if (!speaker.isReplica(this.#members.values())) {
      this.#countRefused('wrong-certificate', hostOf(stream.getPeer()))
      refuseStream(stream, grpcStatus.PERMISSION_DENIED, 'wrong-certificate')
      return
    }
    this.#streams.add(stream)
    widenWindow(stream)
    const opened = { stream, told, speaker }
    stream.on('data', (frame: raftV1.Frame__Output) => this.#onFrame(opened, frame))
    stream.on('end', () => stream.end())
    const gone = (): void => {
      this.#streams.delete(stream)
      this.#strangers.forgetStream(stream)
      this.#boots.forgetStream(stream)
    }
    stream.on('error', gone)
    stream.on('close', gone)
    stream.on('cancelled', gone)
    // The opener learns from this that we are here.
    stream.sendMetadata(new Metadata())
  }

  #addLink(id: number, member: RaftMember): void {
    const { clock, random, logger } = this.#deps
    const { address } = member
    const link = new RaftLink(
      { clock, random: random.fork(`link-${id}`) },
      {
        address,
        connect: this.#options.security.connect(address, certificateNames(member)),
        onRefusal: (said) => {
          const reason = this.#countRefusal(said)
          if (reason === duplicateIdentity) this.#duplicate?.(id)
          this.#logOnce(
            `out/${id}/${reason}`,
            { replicaId: id, address, reason },
            'refused by remote',
          )
        },
        onFrame: (frame) => this.#onAnswer(frame, { id, address }),
        onRefused: () => {
          this.#connectionsRefused += 1
          logger.info({ replicaId: id, address }, 'remote is gone')
          this.#refused?.(id)
        },
        onState: (state, reason) => {
          if (state === 'open') logger.info({ replicaId: id, address }, 'remote connected')
          else logger.debug({ replicaId: id, address, state, reason }, 'remote link changed')
        },
      },
    )
    this.#links.set(id, link)
  }

  /** Counts what a remote has said under a name that is ours to bound; returns that name. */
  #countRefusal(said: string): string {
    const counts = this.#refusedByRemotes
    const hasRoom = counts.has(said) || counts.size < remoteRefusalsMax - 1
    const reason = hasRoom && refusalForm.test(said) ? said : 'other'
    counts.set(reason, (counts.get(reason) ?? 0) + 1)
    return reason
  }

  #sendEncoded(to: number, message: Message): boolean {
    const link = this.#links.get(to)
    const member = this.#members.get(to)
    if (link !== undefined && member !== undefined) {
      if (link.state === 'down') return false
      return link.send(this.#encode(message, member.incarnation))
    }
    return this.#strangers.send(to, (incarnation) => this.#encode(message, incarnation))
  }

  #encode(message: Message, toIncarnation: string): Uint8Array {
    const { clusterId, replicaId, incarnation, bootId } = this.#options.self
    return encodeMessage(
      {
        protocolVersion,
        clusterId,
        group,
        from: { replicaId, incarnation, bootId },
        to: { replicaId: message.to, incarnation: toIncarnation },
        term: message.term,
      },
      message,
    )
  }

  #onFrame({ stream, told, speaker }: OpenedStream, frame: raftV1.Frame__Output): void {
    this.#takeFrame(frame, hostOf(stream.getPeer()), {
      refusalOf: ({ from }) => {
        const member = this.#members.get(from.replicaId)
        if (!speaker.maySpeakFor(member)) return 'wrong-certificate'
        if (member === undefined || this.#boots.take(from, stream)) return undefined
        return duplicateIdentity
      },
      taken: ({ from }) => {
        if (!this.#members.has(from.replicaId)) this.#strangers.note(from, stream)
      },
      refused: (reason) => {
        // A second process has to be told as long as it is one, or it would not believe it.
        if (told.has(reason) && (reason !== duplicateIdentity || stream.writableNeedDrain)) return
        told.add(reason)
        stream.write({ refusal: reason })
      },
    })
  }

  /** Messages that come back on a stream of ours: the remote has no member row for this member. */
  #onAnswer(
    frame: raftV1.Frame__Output,
    link: { readonly id: number; readonly address: string },
  ): void {
    const { isSecure } = this.#options.security
    this.#takeFrame(frame, hostOf(link.address), {
      // Its certificate was checked when we connected.
      refusalOf: ({ from }) => {
        return !isSecure || from.replicaId === link.id ? undefined : 'wrong-certificate'
      },
      taken: () => {},
      refused: () => {},
    })
  }

  #takeFrame(
    frame: raftV1.Frame__Output,
    peer: string,
    sender: {
      readonly refusalOf: (header: MessageHeader) => TransportRefusal | undefined
      readonly taken: (header: MessageHeader) => void
      readonly refused: (reason: TransportRefusal) => void
    },
  ): void {
    if (this.#isClosed) return
    this.#framesReceived += 1
    const refuse = (reason: TransportRefusal, from: string): void => {
      this.#countRefused(reason, from)
      sender.refused(reason)
    }
    if (!isFrameIntact(frame)) return refuse('checksum', peer)
    for (const bytes of frame.messages) {
      // Not as a Buffer: its slice() shares memory, which nobody behind the port expects.
      const decoded = decodeMessage(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length))
      if (!decoded.ok) {
        refuse(decoded.reason, peer)
        continue
      }
      const { header, message } = decoded
      const self = { ...this.#options.self, group }
      const check = checkHeader(header, self, this.#members, message.type)
      const from = `${header.from.replicaId}@${header.from.incarnation}`
      const reason = check.ok ? sender.refusalOf(header) : check.reason
      if (reason === undefined) {
        sender.taken(header)
        this.#deliver(message)
      } else {
        refuse(reason, from)
      }
    }
  }

  #countRefused(reason: TransportRefusal, from: string): void {
    this.#refusals.set(reason, (this.#refusals.get(reason) ?? 0) + 1)
    this.#logOnce(`in/${from}/${reason}`, { peer: from, reason }, 'message refused')
  }

  #deliver(message: Message): void {
    this.#messagesReceived += 1
    this.#links.get(message.from)?.retryNow()
    this.#receive?.(message)
  }

  /** Resolves when the opener has ended its stream, or has had its time. */
  #sayGoodbye(stream: IncomingStream): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        timer.cancel()
        stream.end()
        resolve()
      }
      const timer = this.#deps.clock.setTimer(goodbyeMs, done)
      for (const event of ['end', 'error', 'close', 'cancelled']) stream.on(event, done)
      stream.write({ goodbye: true })
    })
  }

  /** The first time only, or a misconfigured peer would fill the disk with log lines. */
  #logOnce(key: string, fields: Readonly<Record<string, unknown>>, message: string): void {
    if (this.#logged.has(key) || this.#logged.size >= refusalLogsMax) return
    this.#logged.add(key)
    this.#deps.logger.warn(fields, message)
  }
}

/** Without the port, which is another one for each connection: refusals are logged once a host. */
function hostOf(address: string): string {
  const at = address.lastIndexOf(':')
  return at < 0 ? address : address.slice(0, at)
}
