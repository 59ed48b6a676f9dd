// P2: piece reports over client streams. What counts is what the members have applied, as the rows
// of the peers show it: reports are not acknowledged, so what was sent says nothing.
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises'
import { nullLogger } from '../../base/index.ts'
import { watchCluster } from '../../client/index.ts'
import { SystemClock, systemRandom } from '../../runtime/index.ts'
import { spreadOf } from '../statistics.ts'
import type { Spread } from '../statistics.ts'
import type { SchedulerCluster } from './cluster.ts'
import { Downloads } from './downloads.ts'
import type { Api, Download } from './downloads.ts'
import { inTurns } from './in-turns.ts'
import { peerOf, taskIdOf } from './requests.ts'

/** Peers of a task; one more holds it. */
const peersPerTask = 8

/** Hosts of the peers that download. */
const hosts = 64

/** Streams opened at a time. */
const openedAtOnce = 32

/** Longest that nothing more is applied before what is left counts as lost. */
const settleMsMax = 5_000

/** Longest pause between two lists of the rows while what was sent is not applied. */
const lookMs = 100

export interface ReportsOptions {
  readonly cluster: SchedulerCluster
  readonly rounds: number
  readonly seconds: number
  readonly isQuick: boolean
  readonly onProgress: (line: string) => void
}

/** One protocol, over all rounds. */
export interface ReportsRow {
  readonly api: Api
  readonly streams: number
  readonly appliedPerSecond: Spread
  /** Of a report, microseconds: in all members together, and in the process of the streams. */
  readonly membersUs: Spread
  readonly clientUs: Spread
  /** Sent and never applied; they may be, in an overloaded member. */
  readonly lost: number
}

export interface ReportsResult {
  readonly rows: readonly ReportsRow[]
}

interface Sample {
  readonly appliedPerSecond: number
  readonly membersUs: number
  readonly clientUs: number
}

export async function measureReports(options: ReportsOptions): Promise<ReportsResult> {
  const rows: ReportsRow[] = []
  for (const api of ['v1', 'v2'] as const) rows.push(await measureApi(api, options))
  return { rows }
}

async function measureApi(api: Api, options: ReportsOptions): Promise<ReportsRow> {
  const { cluster, rounds, seconds, isQuick, onProgress } = options
  const streams = isQuick ? 16 : 256
  const downloads = new Downloads(cluster.addresses)
  try {
    const open = await openStreams(downloads, api, streams)
    const pump = new Pump(open)
    pump.start()
    if (!isQuick) await sleep(3000)
    const samples: Sample[] = []
    for (let round = 1; round <= rounds; round += 1) {
      samples.push(await measureRound(cluster, open, seconds))
      const { appliedPerSecond } = samples.at(-1)!
      onProgress(`round ${round}, reports ${api}: ${Math.round(appliedPerSecond)}/s applied`)
    }
    await pump.stop()
    const lost = pump.sent - (await settled(cluster, open, pump.sent))
    await inTurns(open.length, openedAtOnce, (i) => open[i]!.leave())
    const spread = (valueOf: (sample: Sample) => number): Spread => spreadOf(samples.map(valueOf))
    return {
      api,
      streams,
      appliedPerSecond: spread(({ appliedPerSecond }) => appliedPerSecond),
      membersUs: spread(({ membersUs }) => membersUs),
      clientUs: spread(({ clientUs }) => clientUs),
      lost,
    }
  } finally {
    downloads.close()
  }
}

async function openStreams(
  downloads: Downloads,
  api: Api,
  streams: number,
): Promise<readonly Download[]> {
  if (api === 'v2') await inTurns(hosts, openedAtOnce, (host) => downloads.announceHost(host))
  const tasks = Math.ceil(streams / peersPerTask)
  const taskOf = (task: number): string => taskIdOf(`reports ${api} ${task}`)
  // Each task on a host of its own: none runs out of slots.
  await inTurns(tasks, openedAtOnce, (task) =>
    downloads.hold(peerOf(taskOf(task), 0, hosts + task)),
  )
  const open: Download[] = []
  await inTurns(streams, openedAtOnce, async (stream) => {
    const number = (stream % peersPerTask) + 1
    const host = stream % hosts
    const peer = peerOf(taskOf(Math.floor(stream / peersPerTask)), number, host)
    open.push(await downloads.begin(api, peer, stream))
  })
  return open
}

/** Keeps every stream as full as it lets itself be. */
class Pump {
  readonly #open: readonly Download[]
  #sent = 0
  #isRunning = false
  #filling: Promise<void> = Promise.resolve()

  constructor(open: readonly Download[]) {
    this.#open = open
  }

  /** Reports written so far. */
  get sent(): number {
    return this.#sent
  }

  start(): void {
    this.#isRunning = true
    this.#filling = this.#fill()
  }

  async stop(): Promise<void> {
    this.#isRunning = false
    await this.#filling
  }

  async #fill(): Promise<void> {
    while (this.#isRunning) {
      for (const download of this.#open) this.#sent += download.report()
      // What was written leaves before more is: the streams say then whether they take it.
      await turn()
    }
  }
}

async function measureRound(
  cluster: SchedulerCluster,
  open: readonly Download[],
  seconds: number,
): Promise<Sample> {
  const before = await look(cluster, open)
  await sleep(seconds * 1000)
  const after = await look(cluster, open)
  const applied = after.applied - before.applied
  return {
    appliedPerSecond: applied / ((after.atMs - before.atMs) / 1000),
    membersUs: ((after.membersMs - before.membersMs) * 1000) / applied,
    clientUs: ((after.clientMs - before.clientMs) * 1000) / applied,
  }
}

interface Look {
  readonly atMs: number
  readonly applied: number
  readonly membersMs: number
  readonly clientMs: number
}

async function look(cluster: SchedulerCluster, open: readonly Download[]): Promise<Look> {
  const each = await Promise.all(cluster.members.map(({ worker }) => worker.ask<number>('cpuMs')))
  const { user, system } = process.cpuUsage()
  const { atMs, applied } = await appliedPieces(cluster, open)
  const membersMs = each.reduce((sum, ms) => sum + ms, 0)
  return { atMs, applied, membersMs, clientMs: (user + system) / 1000 }
}

/** Finished pieces of the downloads together, as one list of the rows has them. */
function appliedPieces(
  cluster: SchedulerCluster,
  open: readonly Download[],
): Promise<Pick<Look, 'atMs' | 'applied'>> {
  const wanted = new Set(open.map(({ peer }) => `${peer.taskId}\n${peer.peerId}`))
  const { random } = systemRandom()
  return new Promise((resolve, reject) => {
    let applied = 0
    let atMs = 0
    const watch = watchCluster(
      { clock: new SystemClock(), random, logger: nullLogger },
      { addresses: cluster.addresses, tables: ['peers'] },
      {
        onList: ({ rows, isFirst, isLast }) => {
          if (isFirst) {
            applied = 0
            atMs = performance.now()
          }
          for (const { key, value } of rows) {
            if (wanted.has(key)) applied += Number(value?.['finishedPieceCount'])
          }
          if (!isLast) return
          watch.stop()
          resolve({ atMs, applied })
        },
        onChange: () => {},
        onEnd: (error) => {
          if (error !== undefined) reject(new Error('the watch ended', { cause: error }))
        },
      },
    )
  })
}

/** Waits until everything sent is applied, or nothing more comes; what is applied. */
async function settled(
  cluster: SchedulerCluster,
  open: readonly Download[],
  sent: number,
): Promise<number> {
  let { applied } = await appliedPieces(cluster, open)
  for (let idleMs = 0; applied < sent && idleMs < settleMsMax; idleMs += lookMs) {
    await sleep(lookMs)
    const { applied: now } = await appliedPieces(cluster, open)
    if (now > applied) idleMs = 0
    applied = now
  }
  return applied
}
