// One simulated dfdaemon: announces its host, downloads, imports and deletes, leaves and comes
// back, or dies without a word. What a member does not answer it asks the next one.
import type { Random } from '../../../base/index.ts'
import {
  announceHost,
  announceTask,
  deleteTask,
  getPeer,
  leaveHost,
  leaveTask,
} from '../../../scheduler/replication/index.ts'
import type { MemberProcess } from '../process.ts'
import type { World } from '../world.ts'
import { ApiV1 } from './api-v1.ts'
import { ApiV2 } from './api-v2.ts'
import { Download } from './download.ts'
import {
  announcementOf,
  contentLength,
  hostIdOf,
  hostInputOf,
  pieceCount,
  taskCount,
  taskIdOf,
  taskInputOf,
} from './inputs.ts'
import type { DfdaemonOptions } from './inputs.ts'
import type { MemberPort } from './member-port.ts'
import type { ApiDeps } from './stream-commands.ts'
import type { ServedStreams } from './streams.ts'

/** How long it waits for one answer, ms. */
const timeoutMs = 1500

/** Pause before it asks another member, ms. */
const againMs = 100

/** Downloads at once. */
const downloadsMax = 2

/** Mean pause between two things that it does, ms. */
const pauseMsMean = 3000

export interface DfdaemonDeps {
  readonly world: World
  readonly random: Random
  readonly port: MemberPort
  readonly streamsOf: (member: MemberProcess) => ServedStreams | undefined
}

/** A dfdaemon from the beginning to the end of the run. */
export class Dfdaemon {
  readonly #deps: DfdaemonDeps
  readonly #options: DfdaemonOptions
  readonly #downloads = new Map<Download, ApiV1 | ApiV2>()
  /** Peers that it holds whole. */
  readonly #held: { readonly task: number; readonly peerId: string }[] = []
  /** Counts its lives: what an earlier one has planned does not happen. */
  #life = 0
  #isUp = false
  #peers = 0
  #isOver = false

  constructor(deps: DfdaemonDeps, options: DfdaemonOptions) {
    this.#deps = deps
    this.#options = options
  }

  get isUp(): boolean {
    return this.#isUp
  }

  start(): void {
    if (this.#isUp || this.#isOver) return
    this.#isUp = true
    this.#life += 1
    this.#announce(this.#life)
    this.#plan(this.#life)
  }

  /** Says nothing more, for ever: the end of the run's load. */
  end(): void {
    this.#isOver = true
    this.#die(true)
  }

  /** Dies: `isSilent` without even its connections being closed. */
  crash(isSilent: boolean, backMs: number): void {
    this.#die(isSilent)
    if (backMs > 0) this.#deps.world.queue.after(backMs, () => this.start())
  }

  memberEnded(member: MemberProcess): void {
    for (const api of this.#downloads.values()) api.memberEnded(member)
  }

  #die(isSilent: boolean): void {
    this.#isUp = false
    this.#life += 1
    for (const download of this.#downloads.keys()) download.abandon(isSilent)
    this.#downloads.clear()
  }

  /** Announces itself once an interval, and until somebody has taken it down. */
  #announce(life: number): void {
    const { queue } = this.#deps.world
    this.#untilTaken(life, (done) => {
      const member = this.#deps.port.choose()
      if (member === undefined) return done(false)
      const body = (index: number) => announcementOf(this.#options, index)
      const call = { command: announceHost, body, isLinearizable: true, timeoutMs }
      this.#deps.port.call(member, call, (end) => done(end.ok && end.result.outcome !== 'dropped'))
    })
    queue.after(this.#options.intervalMs, () => {
      if (this.#life === life) this.#announce(life)
    })
  }

  #untilTaken(life: number, ask: (done: (isTaken: boolean) => void) => void): void {
    const { queue } = this.#deps.world
    const giveUpMs = queue.nowMs + this.#options.intervalMs
    const attempt = (): void => {
      if (this.#life !== life || queue.nowMs > giveUpMs) return
      ask((isTaken) => {
        if (!isTaken) queue.after(againMs, attempt)
      })
    }
    attempt()
  }

  #plan(life: number): void {
    const { world, random } = this.#deps
    const share = (1 + random.below(0xffff)) / 0x1_0000
    world.queue.after(1 - pauseMsMean * Math.log(share), () => {
      if (this.#life !== life) return
      this.#act()
      this.#plan(life)
    })
  }

  #act(): void {
    const { random } = this.#deps
    const roll = random.below(100)
    if (roll < 60) this.#download()
    else if (roll < 72) this.#import()
    else if (roll < 84) this.#leaveTask()
    else if (roll < 92) this.#read()
    else if (roll < 96) this.#leave()
    else this.crash(random.ratio(1, 2), random.ratio(1, 4) ? 0 : 500 + random.below(40_000))
  }

  #download(): void {
    if (this.#options.isSeed || this.#downloads.size >= downloadsMax) return
    const { world, random, port } = this.#deps
    const task = random.below(taskCount)
    const deps: ApiDeps = { ...this.#deps, host: this.#options, task, peerId: this.#peerId() }
    const api = this.#options.api === 1 ? new ApiV1(deps) : new ApiV2(deps)
    const download: Download = new Download({
      queue: world.queue,
      random,
      port,
      api,
      host: this.#options,
      onEnd: (success) => {
        this.#downloads.delete(download)
        if (success) this.#held.push({ task, peerId: deps.peerId })
      },
    })
    this.#downloads.set(download, api)
    download.start()
  }

  #import(): void {
    const { port, random } = this.#deps
    const task = random.ratio(2, 3) ? 0 : random.below(taskCount)
    const peerId = this.#peerId()
    const life = this.#life
    this.#untilTaken(life, (done) => {
      const member = port.choose()
      if (member === undefined) return done(false)
      const body = (acceptedIndex: number) => ({
        acceptedIndex,
        task: taskInputOf(task),
        host: hostInputOf(this.#options),
        peerId,
        contentLength,
        totalPieceCount: pieceCount,
        pieceZero: null,
      })
      const call = { command: announceTask, body, isLinearizable: false, timeoutMs }
      port.call(member, call, (end) => {
        if (end.ok && end.result.ok) this.#held.push({ task, peerId })
        done(end.ok)
      })
    })
  }

  /** DeleteTask: everything it has of one task. */
  #deleteTask(): void {
    const { port, random } = this.#deps
    const task = random.below(taskCount)
    const member = port.choose()
    if (member === undefined) return
    const kept = this.#held.filter((peer) => peer.task !== task)
    this.#held.splice(0, this.#held.length, ...kept)
    const body = () => ({ hostId: hostIdOf(this.#options.number), taskId: taskIdOf(task) })
    const call = { command: deleteTask, body, isLinearizable: false, timeoutMs }
    port.call(member, call, () => {})
  }

  #leaveTask(): void {
    const { port, random } = this.#deps
    if (this.#options.api === 2 && random.ratio(1, 2)) return this.#deleteTask()
    const at = random.below(Math.max(1, this.#held.length))
    const [peer] = this.#held.splice(at, 1)
    const member = port.choose()
    if (peer === undefined || member === undefined) return
    const body = () => ({ taskId: taskIdOf(peer.task), peerId: peer.peerId })
    const call = { command: leaveTask, body, isLinearizable: false, timeoutMs }
    port.call(member, call, () => {})
  }

  /** Looks whether something it holds, or held, is known at some member. */
  #read(): void {
    const { port, random, world } = this.#deps
    const member = port.choose()
    const peer = this.#held[random.below(Math.max(1, this.#held.length))]
    if (member === undefined || peer === undefined) return
    const ref = { taskId: taskIdOf(peer.task), peerId: peer.peerId }
    const { acknowledgedIndex } = port
    port.read(member, timeoutMs, {
      look: (state) => ({
        isThere: getPeer(state.reader, ref) !== undefined,
        index: state.appliedIndex,
      }),
      done: ({ isThere, index }) =>
        world.emit({
          type: 'peer-read',
          member: member.id,
          ...ref,
          isThere,
          index,
          acknowledgedIndex,
        }),
    })
  }

  /** Leaves, and is back after a while or, while that is still on its way, at once. */
  #leave(): void {
    const { port, random, world } = this.#deps
    const member = port.choose()
    if (member !== undefined) {
      const body = () => ({ hostId: hostIdOf(this.#options.number) })
      const call = { command: leaveHost, body, isLinearizable: false, timeoutMs }
      port.call(member, call, () => {})
    }
    this.#die(false)
    world.queue.after(random.ratio(1, 3) ? 1 : random.below(6000), () => this.start())
  }

  #peerId(): string {
    this.#peers += 1
    return `swarm-${this.#options.number}-${this.#peers}`
  }
}
