// A client that downloads by a script, over and over, and comes again elsewhere when its member is
// gone. What differs between the APIs is in scripted-v1.ts and scripted-v2.ts.
import { fromWireStatus, isRetryable } from '../../../proto/index.ts'
import type { Ledger } from './ledger.ts'
import { MemberStub } from './member-stub.ts'
import type { PeerName } from './member-stub.ts'
import { Relay } from './relay.ts'
import { announceTaskV1, piecesEach, taskIdOf } from './requests.ts'
import { pause } from './steps.ts'
import type { Uptimes } from './uptimes.ts'

export interface ScriptedClientOptions {
  readonly uptimes: Uptimes
  readonly ledger: Ledger
  /** Counts from 0: decides about its member, its group and its fates. */
  readonly number: number
  /** Between two pieces. */
  readonly pieceMs: number
}

/** How a download ends, in turns. */
const fates = ['stays', 'leaves', 'crashes', 'host leaves', 'announces', 'leaves early'] as const
type Fate = (typeof fates)[number]

/** Clients that download the same tasks. */
const groupSize = 5

/** Longest one act may take over all attempts: ten times what a failover and a queue may take. */
const actMsMax = 60_000

/** Longest silence of a stream where a word is due. */
export const wordMsMax = 30_000

/** An open stream of a download, in either API. */
export interface Download {
  /** Waits until there is somewhere to fetch from. */
  ready(): Promise<void>
  /** Fetches one piece. Rejects when the stream has ended. */
  piece(number: number): Promise<void>
  /** Says that all is there; resolves when that is acknowledged. */
  finish(): Promise<void>
  /** Ends the stream without more words. */
  end(): void
}

export abstract class ScriptedClient {
  readonly label: string
  protected readonly ledger: Ledger
  readonly #options: ScriptedClientOptions
  #stub: MemberStub
  #relay: Relay | undefined
  /** Hosts this client has been: one that has left or crashed does not come back. */
  #hosts = 0
  #peersOfHost: PeerName[] = []
  rounds = 0

  constructor(label: string, options: ScriptedClientOptions) {
    this.label = `${label}-${options.number}`
    this.#options = options
    this.ledger = options.ledger
    this.#stub = new MemberStub(options.uptimes.at(options.number))
  }

  /** Downloads until it is told to stop; a failure that is nobody's due ends it, and is told. */
  async run(isOver: () => boolean): Promise<void> {
    try {
      while (!isOver()) {
        await this.#round()
        this.rounds += 1
      }
    } catch (error) {
      this.ledger.fault(`${this.label} at ${this.#stub.address}: ${fromWireStatus(error).message}`)
    } finally {
      this.#stub.close()
      this.#relay?.cut()
    }
  }

  /** What comes before a host's first download. */
  protected abstract introduce(stub: MemberStub, hostId: string): Promise<void>
  /** Registers and opens the stream; `isAgain` after its member was lost. */
  protected abstract open(stub: MemberStub, name: PeerName, isAgain: boolean): Promise<Download>
  protected abstract leavePeer(stub: MemberStub, name: PeerName): Promise<unknown>
  protected abstract leaveHost(stub: MemberStub, hostId: string): Promise<unknown>
  /** Ends a download, all of whose pieces are there, without its stream; false when it cannot. */
  protected abstract finishElsewhere(stub: MemberStub, name: PeerName): Promise<boolean>

  /** Does something at the member it has, and at others when that one is gone. */
  async #attempt<T>(what: string, act: (stub: MemberStub) => Promise<T>): Promise<T> {
    const endMs = performance.now() + actMsMax
    for (;;) {
      try {
        return await act(this.#stub)
      } catch (error) {
        if (performance.now() > endMs || !isRetryable(fromWireStatus(error))) throw error
        await this.#failOver(what, error)
      }
    }
  }

  async #failOver(what: string, error: unknown): Promise<void> {
    const { uptimes, number } = this.#options
    const { address } = this.#stub
    this.ledger.failed(this.label, address, what, error)
    this.#stub.close()
    this.#relay?.cut()
    this.#relay = undefined
    await pause(50)
    this.#stub = new MemberStub(uptimes.other(address, number))
  }

  async #round(): Promise<void> {
    const { number } = this.#options
    const fate = fates[(number + this.rounds) % fates.length]!
    const hostId = `${this.label}-h${this.#hosts}`
    if (this.#peersOfHost.length === 0) {
      await this.#attempt('introduce', (stub) => this.introduce(stub, hostId))
    }
    if (fate === 'crashes') await this.#throughRelay()
    const group = Math.floor(number / groupSize)
    const taskId = taskIdOf(`task ${group} ${this.rounds}`)
    const name = { taskId, hostId, peerId: `${this.label}-p${this.rounds}` }
    this.#peersOfHost.push(name)
    await this.#download(name, fate)
    await this.#meetFate(name, fate)
  }

  async #download(name: PeerName, fate: Fate): Promise<void> {
    let isAgain = false
    let done = 0
    const stopAt = fate === 'crashes' || fate === 'leaves early' ? piecesEach / 2 : piecesEach
    await this.#attempt('download', async (stub) => {
      if (done === piecesEach && (await this.finishElsewhere(stub, name))) return
      const download = await this.open(stub, name, isAgain)
      isAgain = true
      try {
        await download.ready()
        for (; done < stopAt; done += 1) {
          await download.piece(done)
          await pause(this.#options.pieceMs)
        }
        if (stopAt === piecesEach) await download.finish()
        else if (fate === 'crashes') this.#crash(name)
      } finally {
        download.end()
      }
    })
    if (stopAt === piecesEach) this.ledger.finished(name)
  }

  async #meetFate(name: PeerName, fate: Fate): Promise<void> {
    if (fate === 'leaves' || fate === 'leaves early') {
      await this.#attempt('leave', (stub) => this.leavePeer(stub, name))
      this.ledger.left(name)
    } else if (fate === 'host leaves') {
      await this.#attempt('leave of the host', (stub) => this.leaveHost(stub, name.hostId))
      this.ledger.hostLeft(name.hostId, this.#peersOfHost)
      this.#forgetHost()
    } else if (fate === 'announces') {
      const taskId = taskIdOf(`announced by ${name.peerId}`)
      const held = { taskId, peerId: `${name.peerId}-held`, hostId: `${this.label}-keeper` }
      await this.#attempt('AnnounceTask', (stub) => stub.announceTask(announceTaskV1(held)))
      this.ledger.announced(taskId)
    }
  }

  /** Vanishes in the middle, as a machine that loses its power. */
  #crash(name: PeerName): void {
    this.ledger.crashed(name)
    this.#relay?.cut()
    this.#relay = undefined
    this.#stub.close()
    this.#stub = new MemberStub(this.#stub.address)
    this.#forgetHost()
  }

  async #throughRelay(): Promise<void> {
    const { address } = this.#stub
    this.#stub.close()
    this.#relay = await Relay.to(address)
    this.#stub = new MemberStub(address, this.#relay.address)
  }

  #forgetHost(): void {
    this.#hosts += 1
    this.#peersOfHost = []
  }
}
