// Clusters that grow, shrink, and are replaced member by member while clients write.
import { readFileSync } from 'node:fs'
import type { MemberCluster, MemberProcess } from './member-cluster.ts'
import { MemberCluster as Cluster } from './member-cluster.ts'
import { check, timed, underLoad, untilEqual } from './steps.ts'
import type { OwnClusterItem } from './steps.ts'

/** A host the cluster has never heard of joins with a token. */
async function admit(cluster: MemberCluster, member: MemberProcess): Promise<void> {
  const made = await cluster.operateWell('member', 'add', member.hostId)
  const token = made['token']
  check(typeof token === 'string', `member add printed no token: ${JSON.stringify(made)}`)
  cluster.start(member, ['--join-token', token])
}

export const growAndShrink: OwnClusterItem = {
  title: 'one member becomes three, then five, then three, under load',
  run: async (scale) => {
    const cluster = await Cluster.start({ initial: 1, spare: scale.grown - 1 })
    try {
      const { members } = cluster
      const tookMs: number[] = []
      const leave = members.slice(0, 2)
      const rest = members.slice(2)
      const work = async (): Promise<void> => {
        for (let size = 2; size <= scale.grown; size += 1) {
          await admit(cluster, members[size - 1]!)
          tookMs.push(await timed(() => cluster.untilOnline(members.slice(0, size))))
        }
        for (const [i, member] of leave.entries()) {
          // The first member may lead: its office moves on before it goes.
          await cluster.operateWell('member', 'decommission', member.hostId, '--yes')
          check((await cluster.ended(member)) === 0, `${member.hostId} did not end well`)
          await cluster.untilOnline(members.slice(i + 1))
        }
      }
      const writes = await underLoad(cluster, work, () => rest)
      await untilEqual(rest)
      return `each in ${tookMs.join(' ')} ms; ${writes}`
    } finally {
      await cluster.stop()
    }
  },
}

export const replaceEach: OwnClusterItem = {
  title: 'every member of three is replaced by another host, one by one, under load',
  run: async () => {
    const cluster = await Cluster.start({ initial: 3, spare: 3 })
    try {
      const { members } = cluster
      const tookMs: number[] = []
      const rest = members.slice(3)
      const work = async (): Promise<void> => {
        for (let i = 0; i < 3; i += 1) {
          const [old, next] = [members[i]!, members[i + 3]!]
          const made = await cluster.operateWell('member', 'add', next.hostId)
          const how = ['--join-token', String(made['token']), '--replaces', old.hostId]
          // The old host is lost for good: its place is taken once it has been silent for a while.
          await cluster.kill(old)
          cluster.start(next, how)
          tookMs.push(await timed(() => cluster.untilOnline(members.slice(i + 1, i + 4))))
        }
      }
      const writes = await underLoad(cluster, work, () => rest)
      await untilEqual(rest)
      return `each in ${tookMs.join(' ')} ms; ${writes}`
    } finally {
      await cluster.stop()
    }
  },
}

/** Replicated behaviour that the old version lacks turns on only with the last upgraded member. */
export const rollingUpgrade: OwnClusterItem = {
  title: 'a feature turns on only when every member supports it, one upgraded after another',
  run: async () => {
    const cluster = await Cluster.prepare({ initial: 3 })
    const { members } = cluster
    try {
      for (const member of members) cluster.start(member, ['--hold-features', 'member-progress'])
      await cluster.untilOnline(members)
      const seen: string[] = []
      const writes = await underLoad(
        cluster,
        async () => {
          for (const member of members) {
            check(!(await isOn(cluster)), `on although ${member.hostId} has still the old version`)
            await cluster.signal(member, 'SIGTERM')
            cluster.start(member)
            await cluster.untilOnline(members)
            seen.push(member.hostId)
          }
        },
        () => members,
      )
      const tookMs = await timed(async () => {
        while (!(await isOn(cluster)));
      })
      await untilEqual(members)
      const held = await heldBack(cluster, members[0]!)
      return `on ${tookMs} ms after ${seen.at(-1)}; ${held}; ${writes}`
    } finally {
      await cluster.stop()
    }
  },
}

async function isOn(cluster: MemberCluster): Promise<boolean> {
  return (await cluster.status()).features.includes('member-progress')
}

/** Once it is on, a member of the old version does not take part any more, and says why. */
async function heldBack(cluster: MemberCluster, member: MemberProcess): Promise<string> {
  await cluster.signal(member, 'SIGTERM')
  cluster.start(member, ['--hold-features', 'member-progress'])
  const code = await cluster.ended(member)
  check(code !== 0, 'a member without an enabled feature went on')
  const text = readFileSync(member.logPath, 'utf8')
  check(text.includes('SCHED_UNSUPPORTED_COMMAND'), text.slice(-400))
  return `the old version ends with ${code}`
}
