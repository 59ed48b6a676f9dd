// How long a peer waits for its parents when its task has many peers already: from the message that
// asks for them (API v1: begin of piece, v2: the registration) to the answer that names them.
import { quantile } from '../statistics.ts'
import type { SchedulerCluster } from './cluster.ts'
import { Downloads } from './downloads.ts'
import type { Api, Download } from './downloads.ts'
import { inTurns } from './in-turns.ts'
import { peerOf, taskIdOf } from './requests.ts'
import type { PeerName } from './requests.ts'

/** Peers that have all of the task from the start. */
const holders = 8

/** Hosts of the peers. */
const hosts = 64

/** Peers that ask at a time: alone, and in company. */
const askingAtOnce = [1, 16] as const

/** Streams opened at a time before anything counts. */
const openedAtOnce = 32

export interface LatencyOptions {
  readonly cluster: SchedulerCluster
  readonly isQuick: boolean
  readonly onProgress: (line: string) => void
}

export interface LatencyRow {
  readonly api: Api
  readonly askingAtOnce: number
  readonly asked: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly worstMs: number
}

export interface LatencyResult {
  /** Of the task, downloading and attached, besides those that ask. */
  readonly peers: number
  readonly rows: readonly LatencyRow[]
}

export async function measureLatency(options: LatencyOptions): Promise<LatencyResult> {
  const { cluster, isQuick } = options
  const peers = isQuick ? 20 : 1000
  const asked = isQuick ? 16 : 1000
  const downloads = new Downloads(cluster.addresses)
  try {
    const rows: LatencyRow[] = []
    await inTurns(hosts, openedAtOnce, (host) => downloads.announceHost(host))
    for (const api of ['v1', 'v2'] as const) {
      const crowd = await gather(downloads, api, peers)
      for (const atOnce of askingAtOnce) {
        const row = await ask(downloads, { api, crowd, atOnce, asked })
        rows.push(row)
        options.onProgress(`parents ${api}, ${atOnce} at once: p50 ${row.p50Ms.toFixed(2)} ms`)
      }
      await inTurns(crowd.length, openedAtOnce, (i) => crowd[i]!.leave())
    }
    return { peers, rows }
  } finally {
    downloads.close()
  }
}

const taskOf = (api: Api): string => taskIdOf(`latency ${api}`)

/** Numbers of peers of one task, so that each comes once. */
let lastNumber = 0

function newPeer(api: Api): PeerName {
  lastNumber += 1
  return peerOf(taskOf(api), lastNumber, lastNumber % hosts)
}

async function gather(downloads: Downloads, api: Api, peers: number): Promise<readonly Download[]> {
  for (let i = 0; i < holders; i += 1) await downloads.hold(newPeer(api))
  const crowd: Download[] = []
  await inTurns(peers, openedAtOnce, async (number) => {
    crowd.push(await downloads.begin(api, newPeer(api), number))
  })
  return crowd
}

async function ask(
  downloads: Downloads,
  how: {
    readonly api: Api
    readonly crowd: readonly Download[]
    readonly atOnce: number
    readonly asked: number
  },
): Promise<LatencyRow> {
  const { api, atOnce, asked } = how
  const answeredMs: number[] = []
  await inTurns(asked, atOnce, async (number) => {
    const download = await downloads.begin(api, newPeer(api), number)
    answeredMs.push(download.answeredMs)
    // The task keeps its size.
    await download.leave()
  })
  const sorted = answeredMs.toSorted((a, b) => a - b)
  return {
    api,
    askingAtOnce: atOnce,
    asked,
    p50Ms: quantile(sorted, 0.5),
    p99Ms: quantile(sorted, 0.99),
    worstMs: sorted.at(-1) ?? Number.NaN,
  }
}
