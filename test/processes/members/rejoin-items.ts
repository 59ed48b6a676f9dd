// A host that lost its disk, or part of it, or got an old one back, is a voter again without a
// human, and nothing acknowledged is lost meanwhile.
import { existsSync, readdirSync, rmSync, writeFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { instanceOf, NewestSegment } from '../damage.ts'
import { until } from '../local-cluster.ts'
import type { MemberCluster, MemberProcess } from './member-cluster.ts'
import { check, idOf, removePart, timed, underLoad, untilEqual } from './steps.ts'
import type { MembersItem } from './steps.ts'

type Harm = (cluster: MemberCluster, member: MemberProcess) => void | Promise<void>

/** Does harm to a member that is down, or kills it first; it must come back as a new replica. */
async function comesBack(
  cluster: MemberCluster,
  member: MemberProcess,
  harm: Harm,
): Promise<number> {
  const before = await idOf(cluster, member)
  await harm(cluster, member)
  await cluster.kill(member)
  cluster.start(member)
  const tookMs = await timed(() => cluster.untilOnline(cluster.members.slice(0, 3)))
  const after = await idOf(cluster, member)
  check(after > before, `${member.hostId} is ${after} again, was ${before}`)
  return tookMs
}

function rejoinItem(
  title: string,
  choose: (cluster: MemberCluster) => Promise<MemberProcess>,
  harm: Harm,
): MembersItem {
  return {
    title,
    run: async (cluster, scale) => {
      const tookMs: number[] = []
      const first = cluster.members.slice(0, 3)
      const work = async (): Promise<void> => {
        for (let round = 0; round < scale.rounds; round += 1) {
          tookMs.push(await comesBack(cluster, await choose(cluster), harm))
        }
      }
      const writes = await underLoad(cluster, work, () => first)
      await untilEqual(first)
      return `a voter again after ${tookMs.join(' ')} ms; ${writes}`
    },
  }
}

/** Times a host may join in ten minutes before it has to wait, or an operator to lift that. */
const joinsFree = 3

const joins = new WeakMap<MemberCluster, Map<string, number>>()

/** The host that has joined least, which will join once more. */
async function leastJoined(
  cluster: MemberCluster,
  among: readonly MemberProcess[],
): Promise<MemberProcess> {
  const counts = joins.get(cluster) ?? new Map<string, number>()
  joins.set(cluster, counts)
  const countOf = ({ hostId }: MemberProcess): number => counts.get(hostId) ?? 0
  const member = among.toSorted((a, b) => countOf(a) - countOf(b))[0]!
  if (countOf(member) >= joinsFree) {
    await cluster.operateWell('member', 'add', member.hostId)
    counts.set(member.hostId, 0)
  }
  counts.set(member.hostId, countOf(member) + 1)
  return member
}

const follower = async (cluster: MemberCluster): Promise<MemberProcess> =>
  leastJoined(cluster, await cluster.followers(cluster.members.slice(0, 3)))

async function leader(cluster: MemberCluster): Promise<MemberProcess> {
  const member = await leastJoined(cluster, cluster.members.slice(0, 3))
  if ((await cluster.leader()) === member) return member
  await cluster.operateWell('member', 'transfer-leader', member.hostId)
  await until(`${member.hostId} leads`, 60_000, async () =>
    (await cluster.leader()) === member ? true : undefined,
  )
  return member
}

const down =
  (harm: (member: MemberProcess) => void): Harm =>
  async (cluster, member) => {
    await cluster.kill(member)
    harm(member)
  }

const wipeDown: Harm = async (cluster, member) => {
  await cluster.kill(member)
  cluster.wipe(member)
}

export const wipedFollower = rejoinItem(
  'a follower whose data are removed while it runs',
  follower,
  (cluster, member) => cluster.wipe(member),
)

export const wipedLeader = rejoinItem(
  'a leader whose data are removed while it runs',
  leader,
  (cluster, member) => cluster.wipe(member),
)

/** Losses of a member that is down. */
export const rejoinItems: readonly MembersItem[] = [
  rejoinItem('J09 a follower whose data are removed while it is down', follower, wipeDown),
  rejoinItem('J09 a leader whose data are removed while it is down', leader, wipeDown),
  rejoinItem(
    'J14 identity present, log gone',
    follower,
    down((member) => removePart(member, 'raft')),
  ),
  rejoinItem(
    'J15 log present, identity gone',
    follower,
    down((member) => removePart(member, 'identity.json')),
  ),
  rejoinItem(
    'a log with a flipped bit in the middle',
    follower,
    down((member) => new NewestSegment(member).flipBitInTheMiddle()),
  ),
]

/** A state that is gone comes from the leader; the replica stays who it is and keeps its votes. */
export const stateLost: MembersItem = {
  title: 'a damaged state with an intact log is fetched again under the same identity',
  run: async (cluster) => {
    const first = cluster.members.slice(0, 3)
    const [member] = (await cluster.followers(first)) as [MemberProcess]
    const before = await idOf(cluster, member)
    const tookMs: number[] = []
    const writes = await underLoad(
      cluster,
      async () => {
        await cluster.kill(member)
        damageState(member)
        cluster.start(member)
        tookMs.push(await timed(() => cluster.untilOnline(first)))
      },
      () => first,
    )
    check((await idOf(cluster, member)) === before, 'it came back as another replica')
    await untilEqual(first)
    return `whole again after ${tookMs.join(' ')} ms; ${writes}`
  },
}

/** Cuts every table file of the LevelDB to half, and its log of changes as well. */
function damageState(member: MemberProcess): void {
  const state = join(instanceOf(member), 'state')
  for (const name of readdirSync(state).filter((each) => each.startsWith('db-'))) {
    for (const file of readdirSync(join(state, name))) {
      if (!/\.(ldb|log|sst)$|^MANIFEST/.test(file)) continue
      const path = join(state, name, file)
      const bytes = readFileSync(path)
      writeFileSync(path, bytes.subarray(0, Math.floor(bytes.length / 2)))
    }
  }
}

export const reverted: MembersItem = {
  title: 'J13 a directory restored from a backup is put aside, and its host joins anew',
  run: async (cluster) => {
    const first = cluster.members.slice(0, 3)
    const member = await follower(cluster)
    const backup = join(cluster.dir, 'backup')
    const before = await idOf(cluster, member)
    await cluster.kill(member)
    cluster.copy(member, backup)
    cluster.start(member)
    await cluster.untilOnline(first)
    const writes = await underLoad(
      cluster,
      async () => {},
      () => first,
    )
    await cluster.kill(member)
    cluster.wipe(member)
    cluster.copy({ ...member, dataDir: backup }, member.dataDir)
    rmSync(backup, { recursive: true })
    cluster.start(member)
    const tookMs = await timed(() => cluster.untilOnline(first))
    const after = await idOf(cluster, member)
    check(after > before, `${member.hostId} took up its old life as ${after}`)
    check(cluster.log(member).includes('STORE_REVERTED'), 'the log does not say STORE_REVERTED')
    check(readdirSync(join(member.dataDir, 'quarantine')).length > 0, 'nothing was put aside')
    await untilEqual(first)
    return `a voter again after ${tookMs} ms; ${writes}`
  },
}

export const removedAndAdded: MembersItem = {
  title: 'a member removed and added again, time after time',
  run: async (cluster, scale) => {
    const first = cluster.members.slice(0, 3)
    const ids: number[] = []
    const work = async (): Promise<void> => {
      for (let round = 0; round < scale.removals; round += 1) {
        const [member] = (await cluster.followers(first)) as [MemberProcess]
        ids.push(await idOf(cluster, member))
        await cluster.operateWell('member', 'remove', member.hostId, '--yes')
        check((await cluster.ended(member)) === 0, `${member.hostId} did not end well`)
        const rest = first.filter((each) => each !== member)
        await cluster.untilOnline(rest)
        // Without leave it stays out.
        cluster.start(member)
        check((await cluster.ended(member)) === 0, `${member.hostId} came back by itself`)
        await cluster.operateWell('member', 'add', member.hostId)
        cluster.start(member)
        await cluster.untilOnline(first)
      }
    }
    const writes = await underLoad(cluster, work, () => first)
    await untilEqual(first)
    check(new Set(ids).size === ids.length, `an id was used again: ${ids.join(' ')}`)
    return `${scale.removals} times; ${writes}`
  },
}

export const copiedDirectory: MembersItem = {
  title: 'J12 a copied directory: the second process is refused, and the first goes on',
  run: async (cluster) => {
    const first = cluster.members.slice(0, 3)
    const [member] = (await cluster.followers(first)) as [MemberProcess]
    const id = await idOf(cluster, member)
    const spare = cluster.members[3]!
    await cluster.kill(member)
    cluster.copy(member, spare.dataDir)
    cluster.start(member)
    await cluster.untilOnline(first)
    const clone: MemberProcess = {
      ...spare,
      argv: spare.argv.map((word) => (word === spare.hostId ? member.hostId : word)),
    }
    const writes = await underLoad(
      cluster,
      async () => {
        cluster.start(clone)
        const code = await cluster.ended(clone)
        check(code !== 0, 'the copy ended as if all were well')
        check(
          cluster.log(clone).includes('RAFT_DUPLICATE_IDENTITY'),
          `the copy does not say why it ended: ${cluster.log(clone).slice(-400)}`,
        )
      },
      () => first,
    )
    await cluster.untilOnline(first)
    check((await idOf(cluster, member)) === id, 'the first one lost its place')
    if (existsSync(spare.dataDir)) rmSync(spare.dataDir, { recursive: true })
    return writes
  },
}

export const sameHostTwice: MembersItem = {
  title: 'J24 two hosts of one name: the second is refused while the first is active',
  run: async (cluster) => {
    const first = cluster.members.slice(0, 3)
    const [member] = (await cluster.followers(first)) as [MemberProcess]
    const spare = cluster.members[3]!
    const twin: MemberProcess = {
      ...spare,
      argv: spare.argv.map((word) => (word === spare.hostId ? member.hostId : word)),
    }
    const id = await idOf(cluster, member)
    cluster.start(twin)
    await until('the refusal of the twin', 60_000, async () =>
      cluster.log(twin).includes('SCHED_HOST_ID_IN_USE') ? true : undefined,
    )
    await cluster.kill(twin)
    await cluster.untilOnline(first)
    check((await idOf(cluster, member)) === id, 'the first one lost its place')
    rmSync(spare.dataDir, { recursive: true, force: true })
    return 'refused; the first one went on'
  },
}
