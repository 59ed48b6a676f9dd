// What the first product must hold, one function an item; each resolves with its figure.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { run, runWell, start } from '../commands.ts'
import { sha256, writeRandomFile } from '../files.ts'
import { until } from '../local-cluster.ts'
import type { LocalCluster, PeerProcess, SchedulerProcess } from '../local-cluster.ts'
import { Origin } from '../origin.ts'
import { announcement, cacheTaskId, SchedulerStub } from '../scheduler-stubs.ts'
import type { Scale } from './scale.ts'

export interface Item {
  readonly title: string
  run(cluster: LocalCluster, scale: Scale, folder: string): Promise<string>
}

const pieceBytes = 4 * 1024 * 1024

function check(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(message)
}

function importFile(peer: PeerProcess, cid: string, input: string) {
  return runWell('dfcache', [
    'import',
    '--cid',
    cid,
    '--input',
    input,
    '--daemon-sock',
    peer.socket,
  ])
}

function exportFile(peer: PeerProcess, cid: string, output: string) {
  const where = ['--output', output, '--daemon-sock', peer.socket]
  return start('dfcache', ['export', '--cid', cid, ...where])
}

async function exportWell(peer: PeerProcess, cid: string, output: string): Promise<void> {
  const { code, stderr } = await exportFile(peer, cid, output).ended
  check(code === 0, `export of ${cid} on ${peer.name} ended with ${code}: ${stderr}`)
}

function stat(peer: PeerProcess, cid: string) {
  return run('dfcache', ['stat', '--cid', cid, '--daemon-sock', peer.socket])
}

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
    for (const size of sizes) {
      times.push(`${size} B in ${Math.round(await roundTrip(cluster, folder, size))} ms`)
    }
    return `export of ${times.join(', ')}`
  },
}

async function killLeader(cluster: LocalCluster): Promise<SchedulerProcess> {
  const leader = await cluster.leader()
  await cluster.kill(leader)
  return leader
}

/** Starts a killed scheduler and waits until all are in reach again. */
async function bringBack(cluster: LocalCluster, scheduler: SchedulerProcess): Promise<void> {
  cluster.restart(scheduler)
  await until('all schedulers in reach', 60_000, async () => {
    const { exitCode, status } = await cluster.status()
    return exitCode === 0 && status.members.every(({ reachable }) => reachable) ? true : undefined
  })
}

const leaderDiesInExport: Item = {
  title: 'SIGKILL of the leader in the middle of an export: the export completes',
  run: async (cluster, scale, folder) => {
    let slowestMs = 0
    for (let round = 0; round < scale.rounds; round += 1) {
      const cid = `killexport${round}`
      const input = join(folder, `${cid}.in`)
      const output = join(folder, `${cid}.out`)
      const digest = await writeRandomFile(input, scale.fileBytes)
      await importFile(cluster.peer(1), cid, input)
      const leader = await cluster.leader()
      const beganMs = performance.now()
      const exporting = exportFile(cluster.peer(2), cid, output)
      await cluster.kill(leader)
      const { code, stderr } = await exporting.ended
      slowestMs = Math.max(slowestMs, performance.now() - beganMs)
      check(code === 0, `round ${round}: export ended with ${code}: ${stderr}`)
      check((await sha256(output)) === digest, `round ${round}: the export has other bytes`)
      await bringBack(cluster, leader)
      rmSync(input)
      rmSync(output)
    }
    return `${scale.rounds} rounds, none lost, slowest export ${Math.round(slowestMs)} ms`
  },
}

const leaderDiesAfterImport: Item = {
  title: 'SIGKILL of the leader right after an import: the file is found and exported',
  run: async (cluster, scale, folder) => {
    let slowestMs = 0
    for (let round = 0; round < scale.rounds; round += 1) {
      const cid = `killimport${round}`
      const input = join(folder, `${cid}.in`)
      const output = join(folder, `${cid}.out`)
      const digest = await writeRandomFile(input, pieceBytes + round)
      const leader = await cluster.leader()
      await importFile(cluster.peer(1), cid, input)
      await cluster.kill(leader)
      const beganMs = performance.now()
      const asked = await stat(cluster.peer(2), cid)
      check(asked.code === 0, `round ${round}: stat ended with ${asked.code}: ${asked.stderr}`)
      await exportWell(cluster.peer(2), cid, output)
      slowestMs = Math.max(slowestMs, performance.now() - beganMs)
      check((await sha256(output)) === digest, `round ${round}: the export has other bytes`)
      await bringBack(cluster, leader)
    }
    return `${scale.rounds} rounds, none lost, slowest stat and export ${Math.round(slowestMs)} ms`
  },
}

const allDie: Item = {
  title: 'SIGKILL of all schedulers, restart from disk: stat and export still work',
  run: async (cluster, _, folder) => {
    const input = join(folder, 'alldie.in')
    const digest = await writeRandomFile(input, pieceBytes * 2)
    await importFile(cluster.peer(1), 'alldie', input)
    await Promise.all(cluster.line.schedulers.map((scheduler) => cluster.kill(scheduler)))
    for (const scheduler of cluster.line.schedulers) cluster.restart(scheduler)
    const beganMs = performance.now()
    await cluster.leader()
    const tookMs = Math.round(performance.now() - beganMs)
    const asked = await stat(cluster.peer(2), 'alldie')
    check(asked.code === 0, `stat ended with ${asked.code}: ${asked.stderr}`)
    await exportWell(cluster.peer(2), 'alldie', join(folder, 'alldie.out'))
    check((await sha256(join(folder, 'alldie.out'))) === digest, 'the export has other bytes')
    return `a leader again after ${tookMs} ms`
  },
}

async function followers(cluster: LocalCluster): Promise<readonly SchedulerProcess[]> {
  const leader = await cluster.leader()
  return cluster.line.schedulers.filter(({ id }) => id !== leader.id)
}

/** Announces tasks through one member, a bounded number at a time. */
async function writeTasks(address: string, prefix: string, count: number): Promise<void> {
  const stub = new SchedulerStub(address)
  let next = 0
  const worker = async (): Promise<void> => {
    for (let i = next++; i < count; i = next++) await stub.announceTask(announcement(prefix + i))
  }
  await Promise.all(Array.from({ length: 16 }, worker))
  stub.close()
}

/** Waits until every member has applied the same index and tells its digests. */
async function equalDigests(cluster: LocalCluster): Promise<string> {
  return until('equal digests at one index', 60_000, async () => {
    const replies = await Promise.all(
      cluster.line.schedulers.map(async ({ addr }) => {
        const stub = new SchedulerStub(addr)
        const reply = await stub.status().catch(() => undefined)
        stub.close()
        return reply
      }),
    )
    const marks = replies.map((reply) => `${reply?.digestIndex} ${reply?.digest}`)
    const indexes = new Set(replies.map((reply) => reply?.digestIndex))
    if (indexes.size !== 1 || replies.some((reply) => reply === undefined)) return undefined
    check(new Set(marks).size === 1, `replicas differ at one index: ${marks.join(' | ')}`)
    return marks[0]
  })
}

const followerAway: Item = {
  title: 'a follower away for many writes comes back and catches up',
  run: async (cluster, scale) => {
    const [away] = await followers(cluster)
    const leader = await cluster.leader()
    await cluster.kill(away!)
    await writeTasks(leader.addr, 'away', scale.writesMissed)
    const beganMs = performance.now()
    await bringBack(cluster, away!)
    const mark = await equalDigests(cluster)
    const tookMs = Math.round(performance.now() - beganMs)
    return `${scale.writesMissed} writes caught up in ${tookMs} ms, digest ${mark}`
  },
}

const rebuilt: Item = {
  title: 'a replica rebuilt from LevelDB and one from a full replay reach the digest of the third',
  run: async (cluster, scale) => {
    const [fromState, fromLog] = await followers(cluster)
    const leader = await cluster.leader()
    const writing = writeTasks(leader.addr, 'rebuilt', scale.writesMissed)
    await Promise.all([cluster.kill(fromState!), cluster.kill(fromLog!)])
    rmSync(await stateDirectory(fromLog!), { recursive: true })
    cluster.restart(fromState!)
    cluster.restart(fromLog!)
    await writing
    return `digest ${await equalDigests(cluster)}`
  },
}

/** The state of a scheduler's only instance. */
async function stateDirectory(scheduler: SchedulerProcess): Promise<string> {
  const { readdirSync } = await import('node:fs')
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
    const { readFileSync } = await import('node:fs')
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

const schedulersDown: Item = {
  title: 'with all schedulers down dfget delivers from the origin and says so',
  run: async (cluster, _, folder) => {
    const source = join(folder, 'down.bin')
    const output = join(folder, 'down.out')
    const digest = await writeRandomFile(source, pieceBytes + 7)
    const { readFileSync } = await import('node:fs')
    const origin = await Origin.start(readFileSync(source))
    await Promise.all(cluster.line.schedulers.map((scheduler) => cluster.kill(scheduler)))
    try {
      const beganMs = performance.now()
      const where = ['--daemon-sock', cluster.peer(1).socket]
      const { stderr } = await runWell('dfget', [origin.url('/down'), '-O', output, ...where])
      check((await sha256(output)) === digest, 'the file differs')
      check(/origin|source/.test(stderr), `dfget does not say where from: ${stderr}`)
      return `delivered in ${Math.round(performance.now() - beganMs)} ms: ${stderr.trim()}`
    } finally {
      await origin.stop()
      for (const scheduler of cluster.line.schedulers) cluster.restart(scheduler)
      await cluster.leader()
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

/** The bound of the last item; waiting goes on for ten times as long, and the figure is printed. */
export const goneWithinMs = 5000

const peerDies: Item = {
  title: 'a killed dfdaemon leaves the list of peers; the others outlive a leader',
  run: async (cluster) => {
    const victim = cluster.peer(2)
    await cluster.kill(victim)
    const beganMs = performance.now()
    await until(`${victim.name} to be gone`, 10 * goneWithinMs, async () => {
      const names = await livePeers(cluster)
      return names?.includes(victim.name) === false ? true : undefined
    })
    const tookMs = Math.round(performance.now() - beganMs)
    const leader = await killLeader(cluster)
    const names = await until('the list of peers', 60_000, () => livePeers(cluster))
    const others = cluster.line.peers.map(({ name }) => name).filter((name) => name !== victim.name)
    for (const name of others) check(names.includes(name), `${name} vanished with the leader`)
    await bringBack(cluster, leader)
    cluster.restart(victim)
    await until(`${victim.name} to be back`, 60_000, async () => {
      return (await livePeers(cluster))?.includes(victim.name) === true ? true : undefined
    })
    return `gone after ${tookMs} ms (bound ${goneWithinMs}), ${others.length} others stayed`
  },
}

/** In the order they run; each leaves the cluster whole. */
export const items: readonly Item[] = [
  transfers,
  leaderDiesInExport,
  leaderDiesAfterImport,
  allDie,
  followerAway,
  rebuilt,
  fromOrigin,
  schedulersDown,
  deleted,
  linearizable,
  peerDies,
]
