// What was acknowledged about tasks holds on every member, whoever dies or sleeps meanwhile.
import { status } from '@grpc/grpc-js'
import { dfCodes, DfError, fromWireStatus, StatusError } from '../../../proto/index.ts'
import type { MemberProcess } from '../members/member-cluster.ts'
import { until } from '../local-cluster.ts'
import { MemberStub } from './member-stub.ts'
import type { PeerName } from './member-stub.ts'
import { announceTaskV1, taskIdOf } from './requests.ts'
import { check, pause, timed, trio } from './steps.ts'
import type { SchedulerItem } from './steps.ts'

/** What a member answers about a task in both APIs; a member that is starting is asked again. */
async function answersOf(address: string, name: PeerName): Promise<readonly [string, string]> {
  const stub = new MemberStub(address)
  const ask = (what: () => Promise<string>): Promise<string> =>
    until(`an answer of ${address}`, 60_000, () => what().catch(refusal))
  try {
    return [
      await ask(async () => (await stub.statTaskV1(name.taskId)).state),
      await ask(async () => (await stub.statTask(name.taskId, name.hostId)).state),
    ]
  } finally {
    stub.close()
  }
}

/** The word for an error; undefined for one that passes. */
function refusal(error: unknown): string | undefined {
  const known = fromWireStatus(error)
  if (known instanceof DfError) return String(known.dfCode)
  if (known instanceof StatusError && known.grpcStatus !== status.UNAVAILABLE) {
    return status[known.grpcStatus]
  }
  return undefined
}

async function checkEverywhere(
  members: readonly MemberProcess[],
  name: PeerName,
  wanted: readonly [string, string],
): Promise<void> {
  for (const { addr, hostId } of members) {
    const found = await answersOf(addr, name)
    check(found.join() === wanted.join(), `${hostId} says ${found.join()}, not ${wanted.join()}`)
  }
}

const isThere = ['Succeeded', 'Succeeded'] as const
const isGone = [String(dfCodes.PeerTaskNotFound), 'NOT_FOUND'] as const

const named = (name: string): PeerName => ({
  taskId: taskIdOf(name),
  peerId: `${name}-peer`,
  hostId: `${name}-host`,
})

export const announcedStays: SchedulerItem = {
  title: 'an announced task is on every member although its leader dies; a deleted one on none',
  run: async (cluster) => {
    const members = trio(cluster)
    const name = named('announced-then-killed')
    const leader = await cluster.leader()
    const stub = new MemberStub(leader.addr)
    await stub.announceTask(announceTaskV1(name))
    const death = cluster.kill(leader)
    stub.close()
    await death
    const others = members.filter((member) => member !== leader)
    const thereMs = await timed(() => checkEverywhere(others, name, isThere))
    cluster.start(leader)
    await checkEverywhere([leader], name, isThere)
    await cluster.untilOnline(members)

    const next = await cluster.leader()
    const deleting = new MemberStub(next.addr)
    await deleting.deleteTask(name.taskId, name.hostId)
    const end = cluster.kill(next)
    deleting.close()
    await end
    cluster.start(next)
    await checkEverywhere(members, name, isGone)
    await cluster.untilOnline(members)
    return `found on the two others ${thereMs} ms after the death, and on all; deleted: on none`
  },
}

/** Long enough for a follower to accept a request and to hand it to a leader that sleeps. */
const acceptMs = 200

/**
 * A follower accepts the announcement while its leader sleeps, and falls asleep itself; the leader
 * dies with what it was handed. The others elect a new one and delete the task; then the follower
 * wakes and proposes once more what it had accepted.
 */
export const delayedAnnounce: SchedulerItem = {
  title: 'an announcement that slept while its task was deleted does not bring the task back',
  run: async (cluster) => {
    const members = trio(cluster)
    const name = named('deleted-under-way')
    const leader = await cluster.leader()
    const [sleeper, witness] = members.filter((member) => member !== leader)
    const [stub, other] = [new MemberStub(sleeper!.addr), new MemberStub(witness!.addr)]
    try {
      await stub.announceTask(announceTaskV1(name))
      await cluster.signal(leader, 'SIGSTOP')
      const delayed = stub.announceTask(announceTaskV1(name)).then(
        () => 'OK',
        (error: unknown) => refusal(error) ?? 'UNAVAILABLE',
      )
      await pause(acceptMs)
      await cluster.signal(sleeper!, 'SIGSTOP')
      await cluster.kill(leader)
      cluster.start(leader)
      await until('the deletion', 60_000, () =>
        other.deleteTask(name.taskId, name.hostId).then(
          () => true,
          () => undefined,
        ),
      )
      await cluster.signal(sleeper!, 'SIGCONT')
      const answer = await delayed
      check(answer !== 'OK', 'the late announcement was taken for a new one')
      await cluster.untilOnline(members)
      await checkEverywhere(members, name, isGone)
      return `the late announcement was answered with ${answer}`
    } finally {
      await cluster.signal(sleeper!, 'SIGCONT')
      if (!cluster.isRunning(leader)) cluster.start(leader)
      await cluster.signal(leader, 'SIGCONT')
      stub.close()
      other.close()
    }
  },
}
