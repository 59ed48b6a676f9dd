// Who is shown where: the node states as clients and operators see them.
import { until } from '../local-cluster.ts'
import { announcement, SchedulerStub } from '../scheduler-stubs.ts'
import { ClusterStub, shown } from './cluster-stub.ts'
import type { MemberCluster, MemberProcess } from './member-cluster.ts'
import { check, idOf, timed, underLoad, untilEqual } from './steps.ts'
import type { MembersItem } from './steps.ts'

type View = 'shards' | 'slots'

/** Asks members for views until it is stopped; two answers for one index must be one answer. */
class ViewWatch {
  readonly #answers = new Map<string, string>()
  readonly #running: Promise<unknown>
  #isOver = false

  constructor(members: readonly MemberProcess[]) {
    this.#running = Promise.all(members.map(({ addr }) => this.#watch(addr)))
  }

  /** How many different views were seen. @throws when two members said different things. */
  async stop(): Promise<number> {
    this.#isOver = true
    await this.#running
    return this.#answers.size
  }

  async #watch(address: string): Promise<void> {
    const stub = new ClusterStub(address)
    try {
      while (!this.#isOver) {
        await this.#look(stub, 'shards')
        await this.#look(stub, 'slots')
      }
    } finally {
      stub.close()
    }
  }

  async #look(stub: ClusterStub, view: View): Promise<void> {
    const reply = await stub[view](true).catch(() => undefined)
    if (reply === undefined) return
    const key = `${view} ${reply.index}`
    const text = JSON.stringify(reply)
    const before = this.#answers.get(key)
    check(before === undefined || before === text, `${key}: ${before} and ${text}`)
    this.#answers.set(key, text)
  }
}

export const viewsAgree: MembersItem = {
  title: 'members that come and go: for one index every member shows the same',
  run: async (cluster) => {
    const first = cluster.members.slice(0, 3)
    const watch = new ViewWatch(first)
    let seen = 0
    const writes = await underLoad(
      cluster,
      async () => {
        try {
          const [member] = await cluster.followers(first)
          await cluster.kill(member!)
          await untilState(cluster, member!, 'fail')
          cluster.start(member!)
          await cluster.untilOnline(first)
        } finally {
          seen = await watch.stop()
        }
      },
      () => first,
    )
    check(seen > 10, `only ${seen} views were seen`)
    return `${seen} views; ${writes}`
  },
}

/** Waits until a host is in this state. */
async function untilState(
  cluster: MemberCluster,
  member: MemberProcess,
  state: string,
): Promise<void> {
  await until(`${member.hostId} ${state}`, 60_000, async () => {
    const rows = await cluster.rowsOf(member)
    return rows.some((row) => row.state === state) ? true : undefined
  })
}

/** Health of one member as clients check it. */
function health(address: string): Promise<string> {
  const stub = new SchedulerStub(address)
  return stub.health().finally(() => stub.close())
}

export const hidden: MembersItem = {
  title: 'a hidden member serves nobody, hands its office over, and still replicates',
  run: async (cluster) => {
    const first = cluster.members.slice(0, 3)
    const member = await cluster.leader()
    const stub = new ClusterStub(first.find((each) => each !== member)!.addr)
    const own = new SchedulerStub(member.addr)
    try {
      const id = await idOf(cluster, member)
      await cluster.operateWell('member', 'hide', member.hostId)
      const handedMs = await timed(() =>
        until('another leader', 60_000, async () =>
          (await cluster.status()).leaderId === id ? undefined : true,
        ),
      )
      check(!shown(await stub.shards()).has(member.hostId), 'shards name a hidden member')
      check(!shown(await stub.slots()).has(member.hostId), 'slots name a hidden member')
      const refused = await own.announceTask(announcement('hiddenx')).then(
        () => false,
        () => true,
      )
      check(refused, 'a hidden member took a write')
      check((await health(member.addr)) === 'NOT_SERVING', 'a hidden member says SERVING')
      const writes = await underLoad(
        cluster,
        async () => {},
        () => first.filter((each) => each !== member),
      )
      await untilEqual(first)
      await cluster.operateWell('member', 'show', member.hostId)
      const shownMs = await timed(() => cluster.untilOnline(first))
      check(shown(await stub.slots()).get(member.hostId) === 'online', 'slots lack a shown member')
      return `another leader after ${handedMs} ms, shown after ${shownMs} ms; ${writes}`
    } finally {
      stub.close()
      own.close()
    }
  },
}

export const failShown: MembersItem = {
  title: 'a member that is gone is shown as failed, and served to nobody',
  run: async (cluster) => {
    const first = cluster.members.slice(0, 3)
    const [member, other] = await cluster.followers(first)
    const stub = new ClusterStub(other!.addr)
    try {
      await cluster.kill(member!)
      const failMs = await timed(() =>
        until('fail in shards', 60_000, async () =>
          shown(await stub.shards()).get(member!.hostId) === 'fail' ? true : undefined,
        ),
      )
      check(!shown(await stub.slots()).has(member!.hostId), 'slots name a failed member')
      cluster.start(member!)
      const backMs = await timed(() => cluster.untilOnline(first))
      return `failed after ${failMs} ms (bound 5000), online again after ${backMs} ms`
    } finally {
      stub.close()
    }
  },
}
