// What must be refused, with a code, and without changing anything.
import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import type { Metadata } from '@grpc/grpc-js'
import { run } from '../commands.ts'
import { until } from '../local-cluster.ts'
import { ClusterStub } from './cluster-stub.ts'
import type { MemberCluster, MemberProcess } from './member-cluster.ts'
import { MemberCluster as Cluster } from './member-cluster.ts'
import { check, idOf } from './steps.ts'
import type { MembersItem, OwnClusterItem } from './steps.ts'

/** Starts the spare host with a token and waits for the code it is refused with. */
async function refusedJoin(
  cluster: MemberCluster,
  token: string,
  code: string,
  more: readonly string[] = [],
): Promise<void> {
  const spare = cluster.members[3]!
  const before = cluster.log(spare).length
  cluster.start(spare, ['--join-token', token, ...more])
  try {
    await until(`${code} for ${token.slice(0, 8)}`, 60_000, async () =>
      cluster.log(spare).slice(before).includes(code) ? true : undefined,
    )
  } finally {
    await cluster.kill(spare)
    rmSync(spare.dataDir, { recursive: true, force: true })
  }
}

/** The state's wall clock follows that of the leader; entries carry it. */
const clockSlackMs = 1000

async function makeToken(cluster: MemberCluster, ...flags: readonly string[]): Promise<string> {
  const made = await cluster.operateWell('member', 'add', ...flags)
  return String(made['token'])
}

export const badTokens: MembersItem = {
  title: 'join with a wrong or an expired token, or one for another host: refused with codes',
  run: async (cluster) => {
    const first = cluster.members.slice(0, 3)
    const configuration = async () => (await cluster.status()).members.map(({ id }) => id).join()
    const before = await configuration()
    const good = await makeToken(cluster, 'somebody-else')
    const wrong = `${good.slice(0, -4)}${good.endsWith('0000') ? '1111' : '0000'}`
    await refusedJoin(cluster, wrong, 'SCHED_JOIN_TOKEN_INVALID')
    await refusedJoin(cluster, good, 'SCHED_JOIN_TOKEN_INVALID')
    await refusedJoin(cluster, 'dfj1.nonsense', 'SCHED_JOIN_TOKEN_INVALID')
    const short = await cluster.operateWell('member', 'add', '--ttl', '1s')
    // By the cluster's wall clock, which is this machine's.
    await until('the end of the token', 60_000, async () =>
      Date.now() > Number(short['expiresWallMs']) + clockSlackMs ? true : undefined,
    )
    await refusedJoin(cluster, String(short['token']), 'SCHED_JOIN_TOKEN_EXPIRED')
    await cluster.untilOnline(first)
    check((await configuration()) === before, 'a refused join changed the members')
    return '4 tokens refused'
  },
}

export const badJoins: MembersItem = {
  title: 'J21 join from another cluster, with an old protocol, with nonsense: refused with codes',
  run: async (cluster) => {
    const stub = new ClusterStub((await cluster.leader()).addr)
    const hex = (): string => randomBytes(16).toString('hex')
    const request = {
      hostId: 'stranger',
      raftAddress: '127.0.0.1:1',
      incarnation: hex(),
      nonce: hex(),
      protocolVersion: 1,
      joinToken: await makeToken(cluster),
    }
    const refusal = (bad: object): Promise<string> =>
      stub.join({ ...request, ...bad }).then(
        () => 'accepted',
        (error: Error & { readonly metadata?: Metadata }) =>
          String(error.metadata?.get('x-damselfly-code')[0] ?? error.message),
      )
    try {
      const found = {
        cluster: await refusal({ clusterId: hex() }),
        protocol: await refusal({ protocolVersion: 99 }),
        unproven: await refusal({ joinToken: '' }),
        incarnation: await refusal({ incarnation: 'x' }),
        address: await refusal({ raftAddress: 'nowhere' }),
        host: await refusal({ hostId: 'a\nb' }),
      }
      const wanted = {
        cluster: 'SCHED_WRONG_CLUSTER',
        protocol: 'SCHED_JOIN_UNSUPPORTED',
        unproven: 'SCHED_JOIN_UNPROVEN',
        incarnation: 'PROTO_FIELD_INVALID',
        address: 'PROTO_FIELD_INVALID',
        host: 'PROTO_FIELD_INVALID',
      }
      check(JSON.stringify(found) === JSON.stringify(wanted), JSON.stringify(found))
      return `${Object.keys(found).length} joins refused`
    } finally {
      stub.close()
    }
  },
}

export const badCommands: MembersItem = {
  title: 'a removal that would lose quorum, an unknown member, no credentials: refused with codes',
  run: async (cluster) => {
    const first = cluster.members.slice(0, 3)
    const [down, other] = await cluster.followers(first)
    const before = await idOf(cluster, other!)
    const refused = async (code: string, ...command: readonly string[]): Promise<void> => {
      const ended = await cluster.operate(...command)
      check(ended.code === 1, `${command.join(' ')} ended with ${ended.code}`)
      check(ended.stderr.includes(code), `${command.join(' ')}: ${ended.stderr}`)
    }
    await refused('SCHED_MEMBER_NOT_FOUND', 'member', 'remove', 'nobody', '--yes')
    await refused('SCHED_NOT_LEARNER', 'member', 'promote', other!.hostId)
    const addresses = cluster.addresses.join(',')
    const words = ['member', 'remove', other!.hostId, '--yes', '--schedulers', addresses]
    const bare = await run('damselfly', words)
    check(bare.code === 1 && bare.stderr.includes('SCHED_UNAUTHENTICATED'), bare.stderr)
    await cluster.kill(down!)
    await until('the loss to be noticed', 60_000, async () => {
      const [row] = await cluster.rowsOf(down!)
      return row?.state === 'fail' ? true : undefined
    })
    await refused('SCHED_WOULD_LOSE_QUORUM', 'member', 'remove', other!.hostId, '--yes')
    const plan = await cluster.operateWell('member', 'remove', down!.hostId, '--dry-run', '--yes')
    cluster.start(down!)
    await cluster.untilOnline(first)
    check((await idOf(cluster, other!)) === before, 'a refused removal changed the members')
    return `4 commands refused; a dry run said ${JSON.stringify(plan).length} bytes`
  },
}

/** Wipes hosts that are down. */
function wipe(cluster: MemberCluster, members: readonly MemberProcess[]): void {
  for (const member of members) cluster.wipe(member)
}

async function untilLogged(cluster: MemberCluster, member: MemberProcess, text: string) {
  await until(`${text} in the log of ${member.hostId}`, 60_000, async () =>
    cluster.log(member).includes(text) ? true : undefined,
  )
}

export const majorityWiped: OwnClusterItem = {
  title: 'J18 J27 two of three wiped: nobody founds a second history, whoever is in reach',
  run: async () => {
    const cluster = await Cluster.start({ initial: 3 })
    try {
      const [one, two, three] = cluster.members as [MemberProcess, MemberProcess, MemberProcess]
      for (const member of cluster.members) await cluster.kill(member)
      wipe(cluster, [one, two])
      cluster.start(one)
      cluster.start(two)
      await untilLogged(cluster, one, 'waiting for initial members')
      await untilLogged(cluster, two, 'waiting for initial members')
      cluster.start(three)
      await untilLogged(cluster, one, 'not admitted yet')
      await untilLogged(cluster, two, 'not admitted yet')
      const status = await cluster.status()
      check(status.leaderId === 0, `member ${status.leaderId} leads`)
      check(cluster.isRunning(one) && cluster.isRunning(two), 'a wiped member has given up')
      return 'both wait, nobody leads'
    } finally {
      await cluster.stop()
    }
  },
}

export const allWiped: OwnClusterItem = {
  title: 'J17 all of three wiped: they found a new cluster and say so aloud',
  run: async () => {
    const cluster = await Cluster.start({ initial: 3 })
    try {
      const before = await cluster.status()
      for (const member of cluster.members) await cluster.kill(member)
      wipe(cluster, cluster.members)
      for (const member of cluster.members) cluster.start(member)
      const after = await cluster.untilOnline(cluster.members)
      check(after.clusterId !== before.clusterId, 'the old cluster id came back without its data')
      return 'another cluster id'
    } finally {
      await cluster.stop()
    }
  },
}

export const wrongCluster: OwnClusterItem = {
  title: 'J16 seeds of another cluster: refused, nothing written',
  run: async () => {
    const [cluster, other] = [
      await Cluster.start({ initial: 1, spare: 1 }),
      await Cluster.start({ initial: 1 }),
    ]
    try {
      const [member] = cluster.members as [MemberProcess]
      const before = await cluster.status()
      await cluster.signal(member, 'SIGTERM')
      const lost: MemberProcess = {
        ...member,
        argv: member.argv.flatMap((word, i) => {
          if (word === '--initial-members') return ['--join']
          return member.argv[i - 1] === '--initial-members' ? [other.members[0]!.raftAddr] : [word]
        }),
      }
      cluster.start(lost)
      const code = await cluster.ended(lost)
      check(code !== 0, 'it went on among strangers')
      check(cluster.log(lost).includes('STORE_WRONG_CLUSTER'), cluster.log(lost).slice(-400))
      cluster.start(member)
      const after = await cluster.untilOnline([member])
      check(after.clusterId === before.clusterId, 'the refusal changed the directory')
      return `refused with exit code ${code}`
    } finally {
      await cluster.stop()
      await other.stop()
    }
  },
}
