// What must hold when schedulers are killed: a leader at the worst moments, all at once, anyone at
// any time.
import { once } from 'node:events'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { systemRandom } from '../../../runtime/index.ts'
import { launch, runWell } from '../commands.ts'
import { sha256, writeRandomFile } from '../files.ts'
import { until } from '../local-cluster.ts'
import type { LocalCluster, PeerProcess, SchedulerProcess } from '../local-cluster.ts'
import { Origin } from '../origin.ts'
import {
  check,
  equalDigests,
  exportFile,
  exportWell,
  importArgs,
  importFile,
  pause,
  pieceBytes,
  stat,
} from './steps.ts'
import type { Item } from './steps.ts'
import { missingAt, WriteStream } from '../write-stream.ts'

/** Bytes of pieces that the peers have sent to each other since they started. */
async function uploadedBytes(peers: readonly PeerProcess[]): Promise<number> {
  const counts = await Promise.all(
    peers.map(async ({ uploadAddr }) => {
      const page = await (await fetch(`http://${uploadAddr}/metrics`)).text()
      const sample = /^dragonfly_dfdaemon_upload_traffic_bytes_total (\d+)$/m.exec(page)
      check(sample !== null, `${uploadAddr} does not count what it uploads`)
      return Number(sample[1])
    }),
  )
  return counts.reduce((sum, count) => sum + count, 0)
}

/** Kills the leader as soon as bytes move; resolves with the share of the file moved until then. */
async function killWhileBytesMove(
  cluster: LocalCluster,
  leader: SchedulerProcess,
  file: { readonly cid: string; readonly output: string; readonly bytes: number },
): Promise<number> {
  const { peers } = cluster.line
  const before = await uploadedBytes(peers)
  const exporting = { isOver: false }
  const ended = exportFile(cluster.peer(2), file.cid, file.output).ended.finally(() => {
    exporting.isOver = true
  })
  while (!exporting.isOver && (await uploadedBytes(peers)) === before);
  cluster.killNow(leader)
  const movedBytes = (await uploadedBytes(peers)) - before
  const movedShare = exporting.isOver ? 1 : movedBytes / file.bytes
  const { code, stderr } = await ended
  check(code === 0, `export of ${file.cid} ended with ${code}: ${stderr}`)
  return movedShare
}

/** An export can be over before the kill; so many more are tried until every round was in time. */
const triesPerRound = 4

export const leaderDiesInExport: Item = {
  title: 'SIGKILL of the leader in the middle of an export: the export completes',
  run: async (cluster, scale, folder) => {
    const shares: number[] = []
    let tries = 0
    while (shares.length < scale.rounds) {
      tries += 1
      check(tries <= scale.rounds * triesPerRound, `${shares.length} rounds were in the middle`)
      const cid = `killexport${tries}`
      const [input, output] = [join(folder, `${cid}.in`), join(folder, `${cid}.out`)]
      const bytes = scale.exportBytes
      const digest = await writeRandomFile(input, bytes)
      await importFile(cluster.peer(1), cid, input)
      const leader = await cluster.leader()
      const file = { cid, output, bytes }
      const movedShare = await killWhileBytesMove(cluster, leader, file)
      check((await sha256(output)) === digest, `${cid}: the export has other bytes`)
      if (movedShare < 1) shares.push(movedShare)
      await cluster.bringBack(leader)
      rmSync(input)
      rmSync(output)
    }
    const percents = shares.map((share) => `${Math.round(share * 100)}%`).join(' ')
    return `${tries} rounds, none lost, ${shares.length} of them in the middle (${percents} moved)`
  },
}

export const leaderDiesAfterImport: Item = {
  title: 'SIGKILL of the leader right after an import: the file is found and exported',
  run: async (cluster, scale, folder) => {
    let slowestKillMs = 0
    let slowestMs = 0
    for (let round = 0; round < scale.rounds; round += 1) {
      const cid = `killimport${round}`
      const [input, output] = [join(folder, `${cid}.in`), join(folder, `${cid}.out`)]
      const digest = await writeRandomFile(input, pieceBytes + round)
      const leader = await cluster.leader()
      cluster.checkRuns(leader)
      const leaderPid = cluster.pidOf(leader)
      const importing = launch('dfcache', importArgs(cluster.peer(1), cid, input))
      const killed = new Promise<number>((resolve) => {
        importing.once('exit', () => {
          const endedMs = performance.now()
          process.kill(leaderPid, 'SIGKILL')
          resolve(performance.now() - endedMs)
        })
      })
      const [code] = (await once(importing, 'exit')) as [number | null]
      const beganMs = performance.now()
      slowestKillMs = Math.max(slowestKillMs, await killed)
      check(code === 0, `round ${round}: import ended with ${code}`)
      const asked = await stat(cluster.peer(2), cid)
      check(asked.code === 0, `round ${round}: stat ended with ${asked.code}: ${asked.stderr}`)
      await exportWell(cluster.peer(2), cid, output)
      slowestMs = Math.max(slowestMs, performance.now() - beganMs)
      check((await sha256(output)) === digest, `round ${round}: the export has other bytes`)
      await cluster.bringBack(leader)
    }
    const kills = `killed at most ${slowestKillMs.toFixed(2)} ms after the exit code`
    return `${scale.rounds} rounds, none lost, ${kills}, slowest export ${Math.round(slowestMs)} ms`
  },
}

/** With nobody to ask, dfget goes to the origin and says so; what it said, and how long it took. */
async function fromOriginAlone(cluster: LocalCluster, folder: string): Promise<string> {
  const source = join(folder, 'down.bin')
  const output = join(folder, 'down.out')
  const digest = await writeRandomFile(source, pieceBytes + 7)
  const origin = await Origin.start(readFileSync(source))
  try {
    const beganMs = performance.now()
    const where = ['--daemon-sock', cluster.peer(1).socket]
    const { stderr } = await runWell('dfget', [origin.url('/down'), '-O', output, ...where])
    check((await sha256(output)) === digest, 'the file differs')
    check(/origin|source/.test(stderr), `dfget does not say where from: ${stderr}`)
    return `delivered in ${Math.round(performance.now() - beganMs)} ms: ${stderr.trim()}`
  } finally {
    await origin.stop()
  }
}

export const allDie: Item = {
  title:
    'SIGKILL of all schedulers: dfget delivers from the origin and says so; after a restart from disk stat and export still work',
  run: async (cluster, _, folder) => {
    const input = join(folder, 'alldie.in')
    const digest = await writeRandomFile(input, pieceBytes * 2)
    await importFile(cluster.peer(1), 'alldie', input)
    await Promise.all(cluster.line.schedulers.map((scheduler) => cluster.kill(scheduler)))
    const delivered = await fromOriginAlone(cluster, folder).finally(() => {
      for (const scheduler of cluster.line.schedulers) cluster.restart(scheduler)
    })
    const beganMs = performance.now()
    await cluster.leader()
    const tookMs = Math.round(performance.now() - beganMs)
    const asked = await stat(cluster.peer(2), 'alldie')
    check(asked.code === 0, `stat ended with ${asked.code}: ${asked.stderr}`)
    await exportWell(cluster.peer(2), 'alldie', join(folder, 'alldie.out'))
    check((await sha256(join(folder, 'alldie.out'))) === digest, 'the export has other bytes')
    await cluster.untilWhole()
    return `${delivered}; a leader again after ${tookMs} ms`
  },
}

/** Longest a scheduler runs before a kill, and stays away after it. */
const runMsMax = 1200
const awayMsMax = 400

export const diesAnytime: Item = {
  title: 'SIGKILL of random schedulers at random moments of a stream of writes: none is lost',
  run: async (cluster, scale) => {
    const { random, seed } = systemRandom()
    const { schedulers } = cluster.line
    const stream = new WriteStream(cluster.addressList, 'anytime')
    try {
      for (let round = 0; round < scale.anytimeRounds; round += 1) {
        const before = stream.acknowledged.length
        // Half of the kills hit a cluster that writes again, half one that may still be starting.
        if (round % 2 === 0) {
          await until('another acknowledged write', 60_000, async () =>
            stream.acknowledged.length > before ? true : undefined,
          )
        }
        await pause(random.below(runMsMax))
        const isAll = random.below(4) === 0
        const victims = isAll ? schedulers : [schedulers[random.below(schedulers.length)]!]
        // A victim may still be starting: its own disk must serve it all the same.
        await Promise.all(victims.map((victim) => cluster.kill(victim)))
        await pause(random.below(awayMsMax))
        for (const victim of victims) cluster.restart(victim)
      }
      await cluster.untilWhole()
    } finally {
      await stream.stop()
    }
    const { acknowledged, refused } = stream
    check(acknowledged.length > scale.anytimeRounds, `only ${acknowledged.length} writes went in`)
    for (const { id, addr } of schedulers) {
      const missing = await missingAt(addr, acknowledged)
      check(missing.length === 0, `seed ${seed}: ${id} lost ${missing.slice(0, 5).join(' ')} …`)
    }
    await equalDigests(cluster)
    const writes = `${acknowledged.length} acknowledged writes, ${refused} refused`
    return `${scale.anytimeRounds} rounds, ${writes}, all at all members, equal digests`
  },
}
