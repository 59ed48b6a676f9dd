// Who counts as alive: a dead host is gone soon, and nothing that befalls schedulers kills a live
// one.
import { dfCodeNumber, dfCodes } from '../../../proto/index.ts'
import type { schedulerV1 } from '../../../proto/index.ts'
import { messageOf } from '../../../base/index.ts'
import { watchCluster } from '../../../client/index.ts'
import type { ClusterWatch } from '../../../client/index.ts'
import { runWell } from '../commands.ts'
import { writeRandomFile } from '../files.ts'
import { until } from '../local-cluster.ts'
import type { MemberCluster, MemberProcess } from '../members/member-cluster.ts'
import { cacheTaskId } from '../scheduler-stubs.ts'
import { Conversation } from './conversation.ts'
import { DaemonProcess } from './daemon-process.ts'
import { MemberStub } from './member-stub.ts'
import { announceTaskV1, beginV1, registerV1 } from './requests.ts'
import { check, pause, timed, trio, watchDeps } from './steps.ts'
import type { SchedulerItem, SchedulerScale } from './steps.ts'

/** The interval of the issue, and its bound; the short form waits ten times as long. */
const announceInterval = '2s'

/** Of the host that must live in the short form: two of them are less than `stoppedMs`. */
const announceIntervalShort = '3s'
const goneMsMax = 5_000

/** Longest a word may take that is due at once. */
const wordMsMax = 30_000

/** A new child of a task; the ports of the parents it is offered. */
async function candidatePorts(address: string, taskId: string, child: string): Promise<number[]> {
  const stub = new MemberStub(address)
  const name = { taskId, peerId: child, hostId: `${child}-host` }
  try {
    const url = `d7y:/${taskId}`
    await stub.registerPeerTask({ ...registerV1(name), url })
    const stream = new Conversation<schedulerV1.PieceResult, schedulerV1.PeerPacket__Output>(
      stub.openPieces(),
    )
    stream.say(beginV1(name))
    const { code, mainPeer, candidatePeers } = await stream.hear(wordMsMax)
    check(dfCodeNumber(code) === dfCodes.Success, `a child was told ${code}`)
    await stub.leaveTask(name)
    stream.cancel()
    return [mainPeer, ...candidatePeers].map((peer) => peer?.rpcPort ?? 0)
  } finally {
    stub.close()
  }
}

async function listedAt(address: string): Promise<readonly string[]> {
  const stub = new MemberStub(address)
  try {
    return (await stub.listHosts()).map(({ id }) => id)
  } finally {
    stub.close()
  }
}

async function untilListed(address: string, hostId: string): Promise<void> {
  await until(`${hostId} in ListHosts`, 60_000, async () =>
    (await listedAt(address)).includes(hostId) ? true : undefined,
  )
}

export const deadHost: SchedulerItem = {
  title: 'a killed dfdaemon is gone from ListHosts and from every candidate list',
  run: async (cluster, scale) => {
    const addresses = trio(cluster).map(({ addr }) => addr)
    const name = 'victim'
    const options = { name, dir: cluster.dir, schedulers: addresses, announceInterval }
    const victim = await DaemonProcess.start(options)
    try {
      const input = `${cluster.dir}/victim.in`
      await writeRandomFile(input, 1000)
      const where = ['--cid', 'victimfile', '--input', input, '--daemon-sock', victim.socket]
      await runWell('dfcache', ['import', ...where])
      const taskId = cacheTaskId('victimfile')
      // Somebody else holds it as well, so that children have candidates all the time.
      const holder = new MemberStub(addresses[0]!)
      await holder.announceTask(
        announceTaskV1({ taskId, peerId: 'holder-peer', hostId: 'holder-host' }),
      )
      holder.close()
      await untilListed(addresses[0]!, victim.hostId)
      const before = await candidatePorts(addresses[0]!, taskId, 'child-before')
      check(before.includes(victim.rpcPort), `the victim was no candidate: ${before.join()}`)

      await victim.kill()
      const beganMs = performance.now()
      await until('the end of a dead host', 10 * goneMsMax, async () =>
        (await listedAt(addresses[0]!)).includes(victim.hostId) ? undefined : true,
      )
      const goneMs = Math.round(performance.now() - beganMs)
      for (const [i, address] of addresses.entries()) {
        check(!(await listedAt(address)).includes(victim.hostId), `${address} still lists it`)
        const ports = await candidatePorts(address, taskId, `child-after-${i}`)
        check(!ports.includes(victim.rpcPort), `${address} hands out the dead host`)
      }
      check(!scale.isFull || goneMs <= goneMsMax, `gone only after ${goneMs} ms`)
      return `gone after ${goneMs} ms (bound ${goneMsMax}), no candidate on any member`
    } finally {
      await victim.kill()
    }
  },
}

/** Hears of every end of a host, however short. */
class HostWatch {
  readonly #watch: ClusterWatch
  readonly faults: string[] = []

  constructor(addresses: readonly string[], hostId: string) {
    let listed = false
    this.#watch = watchCluster(
      watchDeps(),
      { addresses, tables: ['hosts'] },
      {
        onList: ({ rows, isFirst, isLast, token }) => {
          if (isFirst) listed = false
          listed ||= rows.some(({ key, value }) => key === hostId && value !== undefined)
          if (isLast && !listed) this.faults.push(`not there at ${token.index}`)
        },
        onChange: ({ rows, token }) => {
          const isGone = rows.some(({ key, value }) => key === hostId && value === undefined)
          if (isGone) this.faults.push(`expired at ${token.index}`)
        },
        onEnd: (error) => {
          if (error !== undefined) this.faults.push(`the watch ended: ${messageOf(error)}`)
        },
      },
    )
  }

  stop(): void {
    this.#watch.stop()
  }
}

async function untilLed(cluster: MemberCluster, isWanted: (by: MemberProcess) => boolean) {
  await until('another leader', 60_000, async () =>
    isWanted(await cluster.leader()) ? true : undefined,
  )
}

/** Ways to force an election; each leaves the cluster whole. */
const elections: readonly ((cluster: MemberCluster) => Promise<void>)[] = [
  async (cluster) => {
    const [next] = await cluster.followers(trio(cluster))
    await cluster.operateWell('member', 'transfer-leader', next!.hostId)
    await untilLed(cluster, (member) => member === next)
  },
  async (cluster) => {
    const leader = await cluster.leader()
    await cluster.kill(leader)
    cluster.start(leader)
    await cluster.untilOnline(trio(cluster))
  },
  async (cluster) => stopLeader(cluster, 0),
]

/** SIGSTOP of the leader for at least this long, and at least until there is another one. */
async function stopLeader(cluster: MemberCluster, stoppedMs: number): Promise<void> {
  const leader = await cluster.leader()
  const ofOthers = new MemberStub(trio(cluster).find((member) => member !== leader)!.addr)
  const { term } = await ofOthers.status()
  await cluster.signal(leader, 'SIGSTOP')
  try {
    const stopped = pause(stoppedMs)
    await until('an election', 60_000, async () => {
      const status = await ofOthers.status()
      return status.term > term && status.leaderId !== 0 ? true : undefined
    })
    await stopped
  } finally {
    await cluster.signal(leader, 'SIGCONT')
    ofOthers.close()
  }
  await cluster.untilOnline(trio(cluster))
}

/** Two of three are gone for a while. */
async function loseQuorum(cluster: MemberCluster, lostMs: number): Promise<void> {
  const followers = await cluster.followers(trio(cluster))
  await Promise.all(followers.map((member) => cluster.kill(member)))
  await pause(lostMs)
  for (const member of followers) cluster.start(member)
  await cluster.untilOnline(trio(cluster))
}

/** The short form of both: the leader and another member sleep, and there is no quorum. */
async function stopTwo(cluster: MemberCluster, stoppedMs: number): Promise<void> {
  const members = trio(cluster)
  const leader = await cluster.leader()
  const two = [leader, members.find((member) => member !== leader)!]
  for (const member of two) await cluster.signal(member, 'SIGSTOP')
  await pause(stoppedMs)
  for (const member of two) await cluster.signal(member, 'SIGCONT')
  await cluster.untilOnline(members)
}

async function outlive(cluster: MemberCluster, scale: SchedulerScale): Promise<string> {
  const electionsMs = await timed(async () => {
    for (let i = 0; i < scale.elections; i += 1) await elections[i % elections.length]!(cluster)
  })
  const elected = `${scale.elections} elections in ${electionsMs} ms`
  if (!scale.isFull) {
    const wholeMs = await timed(() => stopTwo(cluster, scale.stoppedMs))
    return `${elected}, two of three stopped for ${scale.stoppedMs} ms (whole after ${wholeMs} ms)`
  }
  const stoppedMs = await timed(() => stopLeader(cluster, scale.stoppedMs))
  const quorumMs = await timed(() => loseQuorum(cluster, scale.quorumlessMs))
  return [
    elected,
    `a leader stopped for ${scale.stoppedMs} ms (whole after ${stoppedMs} ms)`,
    `${scale.quorumlessMs} ms without quorum (whole after ${quorumMs} ms)`,
  ].join(', ')
}

export const liveHost: SchedulerItem = {
  title: 'a live dfdaemon outlives elections, a stopped leader and the loss of quorum',
  run: async (cluster, scale) => {
    const addresses = trio(cluster).map(({ addr }) => addr)
    const survivor = await DaemonProcess.start({
      name: 'survivor',
      dir: cluster.dir,
      schedulers: addresses,
      announceInterval: scale.isFull ? announceInterval : announceIntervalShort,
    })
    let watch: HostWatch | undefined
    try {
      await untilListed(addresses[0]!, survivor.hostId)
      watch = new HostWatch(addresses, survivor.hostId)
      const figures = await outlive(cluster, scale)
      await untilListed(addresses[0]!, survivor.hostId)
      check(watch.faults.length === 0, watch.faults.join('; '))
      return `${figures}; it never vanished`
    } finally {
      watch?.stop()
      await survivor.kill()
    }
  },
}
