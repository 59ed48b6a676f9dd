// Large images: what they cost in memory, and kills in the middle of them.
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Prng } from '../../../base/index.ts'
import { script } from '../commands.ts'
import { until } from '../local-cluster.ts'
import type { MemberProcess } from './member-cluster.ts'
import type { MemberCluster } from './member-cluster.ts'
import { largeCluster } from './large-cluster.ts'
import { check, timed, untilEqual } from './steps.ts'
import type { MembersScale, OwnClusterItem } from './steps.ts'
import { statusBytes } from '../resident.ts'

const MiB = 1024 * 1024

/** Resident memory of either side above what it needs at rest with the same tables. */
const aboveTablesBytesMax = 128 * MiB

/** Longest a large image may take on a slow machine that is busy with other things. */
const wholeDeadlineMs = 900_000

interface ImageScale {
  readonly peers: number
  readonly kills: number
  /** Bytes per second, so that there is time to kill something. */
  readonly rate: string
}

function scaleOf({ isFull }: MembersScale): ImageScale {
  if (isFull) return { peers: 1_000_000, kills: 10, rate: '16MiB' }
  return { peers: 20_000, kills: 2, rate: '2MiB' }
}

/** The same process, which collects its garbage when it is told to. */
function withProbe(member: MemberProcess): MemberProcess {
  const [command, ...rest] = member.argv
  const probe = pathToFileURL(script('test/processes/members/memory-probe.js')).href
  return { ...member, argv: [command!, '--expose-gc', '--import', probe, ...rest] }
}

export const imageMemory: OwnClusterItem = {
  title: 'an image of many peers installs with bounded memory on both sides',
  run: async (membersScale) => {
    const scale = scaleOf(membersScale)
    const { cluster, old, fresh, imageBytes } = await largeCluster(
      { peers: scale.peers },
      [],
      withProbe,
    )
    try {
      const oldPid = await pidOf(cluster, old)
      const oldRest = await restBytes(cluster, old, oldPid)
      // From here on the kernel looks for the highest again.
      writeFileSync(`/proc/${oldPid}/clear_refs`, '5')
      const tookMs = await timed(async () => {
        cluster.start(fresh)
        await until('the image at its end', wholeDeadlineMs, () => isOnline(cluster, fresh))
        await cluster.untilOnline([old, fresh])
      })
      const freshPid = await pidOf(cluster, fresh)
      const [oldPeak, freshPeak] = [peakBytes(oldPid), peakBytes(freshPid)]
      await untilEqual([old, fresh])
      const freshRest = await restBytes(cluster, fresh, freshPid)
      const figures = [
        `${scale.peers} peers, ${mebibytes(imageBytes)} MiB in ${tookMs} ms`,
        `sender ${mebibytes(oldPeak - oldRest)} MiB above ${mebibytes(oldRest)}`,
        `receiver ${mebibytes(freshPeak - freshRest)} MiB above ${mebibytes(freshRest)}`,
      ].join(', ')
      check(Math.max(oldPeak - oldRest, freshPeak - freshRest) <= aboveTablesBytesMax, figures)
      return figures
    } finally {
      await cluster.stop()
    }
  },
}

export const imageKills: OwnClusterItem = {
  title: 'J05 kill -9 of either side in the middle of an image leaves a clean retry',
  run: async (membersScale) => {
    const scale = scaleOf(membersScale)
    const flags = ['--image-rate', scale.rate]
    const { cluster, old, fresh, imageBytes } = await largeCluster(
      { peers: scale.peers },
      flags,
      withProbe,
    )
    try {
      const random = new Prng(`kills ${scale.kills}`)
      const rate = Number.parseInt(scale.rate, 10) * MiB
      // The transfer, and a part of what it takes to verify and to install it.
      const killMs = Math.ceil((1200 * imageBytes) / rate)
      const killed: string[] = []
      cluster.start(fresh)
      while (killed.length < scale.kills && (await untilImage(cluster, fresh)) === 'image') {
        await pause(random.below(killMs))
        const victim = killed.length % 2 === 0 ? fresh : old
        killed.push(`${victim === old ? 'sender' : 'receiver'} ${stageOf(fresh)}`)
        await cluster.kill(victim)
        cluster.start(victim)
      }
      // A small image may be there before its time.
      const killsMin = membersScale.isFull ? scale.kills : 1
      check(killed.length >= killsMin, `only ${killed.length} kills met an image`)
      await until('the image at its end', wholeDeadlineMs, () => isOnline(cluster, fresh))
      await cluster.untilOnline([old, fresh])
      await untilEqual([old, fresh])
      await until('a member without leftovers', 60_000, async () =>
        leftoversOf(fresh).length === 0 ? true : undefined,
      ).catch((error: unknown) => {
        throw new Error(`${String(error)}: ${leftoversOf(fresh).join(' ')}`)
      })
      return killed.join(', ')
    } finally {
      await cluster.stop()
    }
  },
}

/** Waits until an image is on its way to the member, or all of it is there. */
function untilImage(cluster: MemberCluster, fresh: MemberProcess): Promise<'image' | 'online'> {
  return until('an image under way', wholeDeadlineMs, async () => {
    if (stageOf(fresh).startsWith('while')) return 'image'
    return (await isOnline(cluster, fresh)) === true ? 'online' : undefined
  })
}

async function isOnline(cluster: MemberCluster, member: MemberProcess): Promise<true | undefined> {
  const rows = await cluster.rowsOf(member)
  const isWhole = rows.some(({ state, role }) => state === 'online' && role === 'follower')
  return isWhole ? true : undefined
}

/** How far the receiver is, by what lies in its directory. */
function stageOf(member: MemberProcess): string {
  const names = instanceFiles(member)
  const databases = names.filter((name) => /\/state\/db-[^/]*$/.test(name)).length
  if (databases > 1) return 'while it installs'
  if (names.some((name) => /\/tmp\/image-/.test(name))) return 'while it receives'
  return names.length === 0 ? 'before it is admitted' : 'before or after its image'
}

/** Files of an image, and states that do not count. */
function leftoversOf(member: MemberProcess): readonly string[] {
  const names = instanceFiles(member)
  const databases = names.filter((name) => /\/state\/db-[^/]*$/.test(name))
  const unfinished = names.filter((name) => /\/tmp\/[^/]+$/.test(name))
  return [...unfinished, ...databases.slice(1)]
}

function instanceFiles({ dataDir }: MemberProcess): readonly string[] {
  try {
    return readdirSync(join(dataDir, 'instances'), { recursive: true, encoding: 'utf8' })
  } catch {
    // It is not there yet, or going away this moment.
    return []
  }
}

async function pidOf(cluster: MemberCluster, member: MemberProcess): Promise<number> {
  const { members } = await cluster.status()
  const pid = members.find(({ addr }) => addr === member.addr)?.pid
  if (pid === undefined || pid === null) throw new Error(`${member.hostId} does not say its pid`)
  return pid
}

/** Resident bytes once the garbage is gone, the least of a few looks. */
async function restBytes(
  cluster: MemberCluster,
  member: MemberProcess,
  pid: number,
): Promise<number> {
  let least = Number.POSITIVE_INFINITY
  for (let look = 0; look < 5; look += 1) {
    await cluster.signal(member, 'SIGUSR2')
    await pause(500)
    least = Math.min(least, statusBytes(pid, 'VmRSS'))
  }
  return least
}

function peakBytes(pid: number): number {
  return statusBytes(pid, 'VmHWM')
}

function mebibytes(bytes: number): number {
  return Math.round(bytes / MiB)
}

function pause(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms))
}
