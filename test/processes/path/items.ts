// What the first product must hold, one function an item; each resolves with its figure.
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { systemRandom } from '../../../runtime/index.ts'
import { runWell } from '../commands.ts'
import { sha256, writeRandomFile } from '../files.ts'
import { until } from '../local-cluster.ts'
import type { LocalCluster, SchedulerProcess } from '../local-cluster.ts'
import { Origin } from '../origin.ts'
import { cacheTaskId, SchedulerStub } from '../scheduler-stubs.ts'
import { allDie, diesAnytime, leaderDiesAfterImport, leaderDiesInExport } from './kill-items.ts'
import {
  check,
  equalDigests,
  exportWell,
  followers,
  importFile,
  pieceBytes,
  stat,
  pause,
} from './steps.ts'
import type { Item } from './steps.ts'
import { writeTasks, WriteStream } from '../write-stream.ts'

/** Imports on one peer, asks and exports on another; fails unless the bytes are the same. */
async function roundTrip(
  cluster: LocalCluster,
  folder: string,
  sizeBytes: number,
): Promise<number> {
  const cid = `size${sizeBytes}`
  const input = join(folder, `${cid}.in`)
  const output = join(folder, `${cid}.out`)
  const digest = await writeRandomFile(input, sizeBytes)
  await importFile(cluster.peer(1), cid, input)
  const asked = await stat(cluster.peer(2), cid)
  check(asked.code === 0, `stat of ${cid} ended with ${asked.code}: ${asked.stderr}`)
  const beganMs = performance.now()
  await exportWell(cluster.peer(2), cid, output)
  const tookMs = performance.now() - beganMs
  check((await sha256(output)) === digest, `the export of ${cid} has other bytes`)
  rmSync(input)
  rmSync(output)
  return tookMs
}

const transfers: Item = {
  title: 'import on peer 1, stat and export on peer 2, every size bit-identical',
  run: async (cluster, scale, folder) => {
    const sizes = [0, 1, pieceBytes, pieceBytes + 1, scale.fileBytes]
    const times: string[] = []
    const transfer = async (size: number): Promise<void> => {
      times.push(`${size} B in ${Math.round(await roundTrip(cluster, folder, size))} ms`)
    }
    // One at a time where the figures count.
    if (scale.isFull) for (const size of sizes) await transfer(size)
    else await Promise.all(sizes.map(transfer))
    return `export of ${times.join(', ')}`
  },
}

const followerAway: Item = {
  title: 'a follower away for many writes comes back and catches up',
  run: async (cluster, scale) => {
    const [away] = await followers(cluster)
    await cluster.kill(away!)
    await writeTasks(cluster.addressList, 'away', scale.writesMissed)
    const beganMs = performance.now()
    await cluster.bringBack(away!)
    const mark = await equalDigests(cluster)
    const tookMs = Math.round(performance.now() - beganMs)
    return `${scale.writesMissed} writes caught up in ${tookMs} ms, digest ${mark}`
  },
}

/** Longest writes go on before a replica is killed, so that it happens at any index. */
const writesMsMax = 1000

const rebuilt: Item = {
  title: 'a replica rebuilt from LevelDB and one from a full replay reach the digest of the third',
  run: async (cluster) => {
    const { random } = systemRandom()
    const [fromState, fromLog] = await followers(cluster)
    const stream = new WriteStream(cluster.addressList, 'rebuilt')
    // One after the other: with the third they are a quorum, so writes go on meanwhile.
    try {
      for (const replica of [fromState!, fromLog!]) {
        await pause(random.below(writesMsMax))
        await cluster.kill(replica)
        if (replica === fromLog) rmSync(stateDirectory(replica), { recursive: true })
        await cluster.bringBack(replica)
      }
    } finally {
      await stream.stop()
    }
    const { acknowledged } = stream
    return `digest ${await equalDigests(cluster)} after ${acknowledged.length} writes`
  },
}

/** The state of a scheduler's only instance. */
function stateDirectory(scheduler: SchedulerProcess): string {
  const instances = join(scheduler.dataDir, 'instances')
  const [clusterId] = readdirSync(instances)
  const [replicaId] = readdirSync(join(instances, clusterId!))
  return join(instances, clusterId!, replicaId!, 'state')
}

const fromOrigin: Item = {
  title: 'dfget on three peers at once: identical files, at most 1.1 copies from the origin',
  run: async (cluster, scale, folder) => {
    const source = join(folder, 'origin.bin')
    const digest = await writeRandomFile(source, scale.originBytes)
    const origin = await Origin.start(readFileSync(source))
    try {
      const daemons = cluster.line.peers.slice(0, 3)
      const outputs = daemons.map(({ name }) => join(folder, `dfget-${name}.out`))
      await Promise.all(
        daemons.map(({ socket }, i) =>
          runWell('dfget', [origin.url(), '-O', outputs[i]!, '--daemon-sock', socket]),
        ),
      )
      for (const output of outputs) check((await sha256(output)) === digest, `${output} differs`)
      const copies = origin.bodyBytes / scale.originBytes
      check(copies <= 1.1, `the origin served ${copies.toFixed(3)} copies`)
      return `${copies.toFixed(3)} copies served for ${daemons.length} peers`
    } finally {
      await origin.stop()
    }
  },
}

const deleted: Item = {
  title: 'after a delete on the only holder nobody finds the file; imported again it is visible',
  run: async (cluster, _, folder) => {
    const input = join(folder, 'deleted.in')
    await writeRandomFile(input, 1000)
    const [one, two] = [cluster.peer(1), cluster.peer(2)]
    await importFile(one, 'deleted', input)
    await runWell('dfcache', ['delete', '--cid', 'deleted', '--daemon-sock', one.socket])
    for (const peer of [one, two]) {
      const asked = await stat(peer, 'deleted')
      check(asked.code === 1, `stat on ${peer.name} ended with ${asked.code}`)
      check(asked.stderr.includes('file does not exist'), `stat said: ${asked.stderr}`)
    }
    await importFile(one, 'deleted', input)
    const again = await stat(two, 'deleted')
    check(
      again.code === 0,
      `stat after the second import ended with ${again.code}: ${again.stderr}`,
    )
    return 'not found on both peers, visible after the second import'
  },
}

const linearizable: Item = {
  title: 'after an import returned, every member says yes, also one that just came back',
  run: async (cluster, scale, folder) => {
    const input = join(folder, 'linear.in')
    await writeRandomFile(input, 1000)
    let asked = 0
    for (let round = 0; round < scale.rounds; round += 1) {
      const [back] = await followers(cluster)
      await cluster.kill(back!)
      const cid = `linear${round}`
      await importFile(cluster.peer(1), cid, input)
      cluster.restart(back!)
      for (const scheduler of cluster.line.schedulers) {
        const stub = new SchedulerStub(scheduler.addr)
        // A member that is still starting refuses the connection; what it answers must be right.
        const task = await until(`an answer of ${scheduler.addr}`, 60_000, async () =>
          stub.statTask(cacheTaskId(cid)).catch((error: { code?: number }) => {
            if (error.code === 14) return undefined
            throw error
          }),
        )
        check(task.state === 'Succeeded' && task.hasAvailablePeer, `${scheduler.id} says no`)
        stub.close()
        asked += 1
      }
    }
    return `${asked} answers, all yes`
  },
}

async function livePeers(cluster: LocalCluster): Promise<readonly string[] | undefined> {
  const response = await fetch(`${cluster.line.manager.restUrl}/api/v1/peers?fresh=true`)
  if (!response.ok) return undefined
  const rows = (await response.json()) as { readonly host_name: string }[]
  return rows.map(({ host_name }) => host_name).filter((name) => /^(peer|seed)-\d/.test(name))
}

/** The bound of the last item. The short form waits ten times as long and prints the figure. */
const goneWithinMs = 5000

/** Longer than the life of a host that announces itself every two seconds. */
const stayForMs = 5000

/** Looks again and again for longer than a host lives unannounced; every look must hold all. */
async function watchStay(cluster: LocalCluster, names: readonly string[]): Promise<number> {
  const endMs = performance.now() + stayForMs
  let looks = 0
  while (performance.now() < endMs) {
    const live = await livePeers(cluster)
    if (live === undefined) continue
    looks += 1
    for (const name of names) check(live.includes(name), `${name} vanished with the leader`)
  }
  return looks
}

const peerDies: Item = {
  title: 'a killed dfdaemon leaves the list of peers; the others outlive a leader',
  run: async (cluster, scale) => {
    const victim = cluster.peer(2)
    await cluster.kill(victim)
    const beganMs = performance.now()
    await until(`${victim.name} to be gone`, 10 * goneWithinMs, async () => {
      const names = await livePeers(cluster)
      return names?.includes(victim.name) === false ? true : undefined
    })
    const tookMs = Math.round(performance.now() - beganMs)
    check(!scale.isFull || tookMs <= goneWithinMs, `gone only after ${tookMs} ms`)
    const leader = await cluster.leader()
    await cluster.kill(leader)
    const others = cluster.line.peers.map(({ name }) => name).filter((name) => name !== victim.name)
    await until('the list of peers', 60_000, () => livePeers(cluster))
    const looks = await watchStay(cluster, others)
    await cluster.bringBack(leader)
    cluster.restart(victim)
    await until(`${victim.name} to be back`, 60_000, async () => {
      return (await livePeers(cluster))?.includes(victim.name) === true ? true : undefined
    })
    return `gone after ${tookMs} ms (bound ${goneWithinMs}), ${others.length} others stayed in ${looks} looks`
  },
}

/** In the order they run; each leaves the cluster whole. */
export const items: readonly Item[] = [
  transfers,
  leaderDiesInExport,
  leaderDiesAfterImport,
  allDie,
  diesAnytime,
  followerAway,
  rebuilt,
  fromOrigin,
  deleted,
  linearizable,
  peerDies,
]
