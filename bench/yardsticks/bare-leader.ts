// The leader of bare replication as a process: what its clients hand over in one turn goes to its
// own file and to both followers at once, and is done when two of the three have synced it. No
// terms, no checks, no log that could be read again.
import { join } from 'node:path'
import { credentials, makeGenericClientConstructor } from '@grpc/grpc-js'
import type { ClientDuplexStream } from '@grpc/grpc-js'
import { runLoad } from '../load.ts'
import type { Load, LoadResult } from '../load.ts'
import { serve } from '../worker-port.ts'
import { bareChannelOptions, bareService, encodeFrame } from './bare-wire.ts'
import { SyncedFile } from './synced-file.ts'

export interface BareOpen {
  readonly directory: string
  readonly followers: readonly string[]
}

export interface BareLoad {
  readonly load: Load
  readonly payloadBytes: number
}

const BareClient = makeGenericClientConstructor(bareService, 'Bare')

type Stream = ClientDuplexStream<Buffer, Buffer>

class BareLeader {
  readonly #file: SyncedFile
  readonly #streams: readonly Stream[]
  /** Entries durable at this process and at each follower. */
  readonly #durable: number[]
  #queue: { readonly bytes: Uint8Array; readonly resolve: (isDone: boolean) => void }[] = []
  /** In order; the first one is entry `#committed + 1`. */
  #waiting: ((isDone: boolean) => void)[] = []
  #sent = 0
  #committed = 0
  #isTurnDue = false

  constructor(file: SyncedFile, streams: readonly Stream[]) {
    this.#file = file
    this.#streams = streams
    this.#durable = [0, ...streams.map(() => 0)]
    streams.forEach((stream, i) => {
      stream.on('data', (count: Buffer) => this.#acknowledged(i + 1, count.readDoubleLE(0)))
    })
  }

  /** Resolves when a majority has it. */
  propose(bytes: Uint8Array): Promise<boolean> {
    return new Promise((resolve) => {
      this.#queue.push({ bytes, resolve })
      if (this.#isTurnDue) return
      this.#isTurnDue = true
      setImmediate(() => this.#turn())
    })
  }

  #turn(): void {
    this.#isTurnDue = false
    const batch = this.#queue
    this.#queue = []
    const frame = encodeFrame(batch.map(({ bytes }) => bytes))
    for (const stream of this.#streams) stream.write(frame)
    for (const { resolve } of batch) this.#waiting.push(resolve)
    this.#sent += batch.length
    const upTo = this.#sent
    void this.#file.append(frame).then(() => this.#acknowledged(0, upTo))
  }

  #acknowledged(member: number, count: number): void {
    this.#durable[member] = count
    const majority = this.#durable.toSorted((a, b) => b - a)[1]!
    if (majority <= this.#committed) return
    const done = this.#waiting.splice(0, majority - this.#committed)
    this.#committed = majority
    for (const resolve of done) resolve(true)
  }
}

let leader: BareLeader | undefined

serve({
  open: async ({ directory, followers }: BareOpen): Promise<void> => {
    const file = await SyncedFile.create(join(directory, 'log'))
    const streams = followers.map((address) => {
      const client = new BareClient(address, credentials.createInsecure(), bareChannelOptions)
      return (client as unknown as { replicate(): Stream }).replicate()
    })
    leader = new BareLeader(file, streams)
  },
  load: ({ load, payloadBytes }: BareLoad): Promise<LoadResult> => {
    const payload = new Uint8Array(payloadBytes).fill(0x61)
    if (leader === undefined) throw new Error('bare replication is not open')
    const opened = leader
    return runLoad(load, () => opened.propose(payload))
  },
})
