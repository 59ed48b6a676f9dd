// Scripted downloads over streams of either API, as a daemon holds them open: a peer registers, is
// given parents, reports pieces. Plain grpc-js; the streams are spread over all members.
import { credentials } from '@grpc/grpc-js'
import type { ClientDuplexStream } from '@grpc/grpc-js'
import { loadServices } from '../../proto/index.ts'
import type { schedulerV1, schedulerV2 } from '../../proto/index.ts'
import {
  announcement,
  beginOfPiece,
  finishedPiece,
  finishedPieceV2,
  hostAnnouncement,
  registration,
  registrationV2,
  startedV2,
} from './requests.ts'
import type { PeerName } from './requests.ts'

/** The protocol of a stream. */
export type Api = 'v1' | 'v2'

/** Longest anything here may take. */
const deadlineMs = 30_000

/** A download that has its parents. */
export interface Download {
  readonly peer: PeerName
  /** From the message that asks for parents to the answer that names them. */
  readonly answeredMs: number
  readonly parentId: string
  /** Reports the next pieces for as long as the stream takes them; how many. */
  report(): number
  /** Calls back when the stream takes more again. */
  onDrain(listener: () => void): void
  /** Ends the stream and forgets the peer. */
  leave(): Promise<void>
}

interface MemberStubs {
  readonly v1: schedulerV1.SchedulerClient
  readonly v2: schedulerV2.SchedulerClient
}

type Reply = (error: Error | null) => void

/** Clients of the members at `addresses`. */
export class Downloads {
  readonly #stubs: readonly MemberStubs[]

  constructor(addresses: readonly string[]) {
    const { schedulerV1: V1, schedulerV2: V2 } = loadServices()
    this.#stubs = addresses.map((address) => ({
      v1: new V1(address, credentials.createInsecure()),
      v2: new V2(address, credentials.createInsecure()),
    }))
  }

  /** A peer that has all of its task. */
  hold(peer: PeerName): Promise<void> {
    const { v1 } = this.#stubs[0]!
    return called((options, done) => v1.announceTask(announcement(peer), options, done))
  }

  /** A host, for peers of API v2. */
  announceHost(host: number): Promise<void> {
    const { v2 } = this.#stubs[0]!
    return called((options, done) => v2.announceHost(hostAnnouncement(host), options, done))
  }

  /** Begins a download at the `at`-th member; rejects when it is not given parents. */
  begin(api: Api, peer: PeerName, at: number): Promise<Download> {
    const stubs = this.#stubs[at % this.#stubs.length]!
    return api === 'v1' ? beginV1(stubs, peer) : beginV2(stubs, peer)
  }

  close(): void {
    for (const { v1, v2 } of this.#stubs) {
      v1.close()
      v2.close()
    }
  }
}

async function beginV1(stubs: MemberStubs, peer: PeerName): Promise<Download> {
  await called((options, done) => stubs.v1.registerPeerTask(registration(peer), options, done))
  const call = stubs.v1.reportPieceResult()
  const asked = performance.now()
  const packet = await firstAnswer(call, beginOfPiece(peer))
  const answeredMs = performance.now() - asked
  const parentId = packet.mainPeer?.peerId
  if (packet.code !== 'Success' || parentId === undefined) {
    throw new Error(`a peer was not given parents: ${packet.code}`)
  }
  const piece = (number: number): schedulerV1.PieceResult => finishedPiece(peer, number, parentId)
  return download(stubs, call, { peer, answeredMs, parentId, piece })
}

async function beginV2(stubs: MemberStubs, peer: PeerName): Promise<Download> {
  const call = stubs.v2.announcePeer()
  const asked = performance.now()
  const answer = await firstAnswer(call, registrationV2(peer))
  const answeredMs = performance.now() - asked
  const parentId = answer.normalTaskResponse?.candidateParents[0]?.id
  if (parentId === undefined) {
    throw new Error(`a peer was not given parents: ${Object.keys(answer).join(', ')}`)
  }
  call.write(startedV2(peer))
  const piece = (number: number): schedulerV2.AnnouncePeerRequest =>
    finishedPieceV2(peer, number, parentId)
  return download(stubs, call, { peer, answeredMs, parentId, piece })
}

/** Pieces after which a download begins again from the first: what a large task has. */
const piecesMax = 100_000

function download<Message>(
  stubs: MemberStubs,
  call: ClientDuplexStream<Message, unknown>,
  what: Pick<Download, 'peer' | 'answeredMs' | 'parentId'> & {
    readonly piece: (number: number) => Message
  },
): Download {
  const { peer, answeredMs, parentId, piece } = what
  let next = 0
  return {
    peer,
    answeredMs,
    parentId,
    report: () => {
      const from = next
      let isFree = !call.writableNeedDrain
      while (isFree && next < piecesMax) {
        isFree = call.write(piece(next))
        next += 1
      }
      return next - from
    },
    onDrain: (listener) => void call.on('drain', listener),
    leave: async () => {
      call.end()
      const { taskId, peerId } = peer
      await called((options, done) => stubs.v1.leaveTask({ taskId, peerId }, options, done))
    },
  }
}

/** Writes the first message and waits for the first answer. */
function firstAnswer<Message, Answer>(
  call: ClientDuplexStream<Message, Answer>,
  message: Message,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => call.cancel(), deadlineMs)
    call.on('data', (answer: Answer) => {
      clearTimeout(timer)
      resolve(answer)
    })
    // Later failures show in what was applied.
    call.on('error', (error) => {
      clearTimeout(timer)
      reject(error)
    })
    call.write(message)
  })
}

function called(invoke: (options: { deadline: number }, done: Reply) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    invoke({ deadline: Date.now() + deadlineMs }, (error) => {
      if (error === null) resolve()
      else reject(error)
    })
  })
}
