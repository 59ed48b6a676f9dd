// A seed is being asked when the leader dies: the next leader asks it again.
import { dfCodeNumber, dfCodes } from '../../../proto/index.ts'
import type { schedulerV1 } from '../../../proto/index.ts'
import { until } from '../local-cluster.ts'
import { Conversation } from './conversation.ts'
import { FakeSeed } from './fake-seed.ts'
import { MemberStub } from './member-stub.ts'
import { announceHostV2, beginV1, registerV1, taskIdOf } from './requests.ts'
import { check, trio, within } from './steps.ts'
import type { SchedulerItem } from './steps.ts'

const announceIntervalMs = 3_600_000

/** Longest wait for a word: ten times what a failover and a queue may take. */
const wordMsMax = 60_000

export const seedAskedAgain: SchedulerItem = {
  title: 'the leader dies while it asks a seed: the next one asks again, and who waits is served',
  run: async (cluster) => {
    const members = trio(cluster)
    const leader = await cluster.leader()
    const follower = members.find((member) => member !== leader)!
    const stub = new MemberStub(follower.addr)
    const seed = new FakeSeed('item-seed')
    await seed.start()
    try {
      await stub.announceHost(
        announceHostV2(seed.hostId, announceIntervalMs, { type: 1, port: seed.port }),
      )
      const name = { taskId: taskIdOf('asked twice'), peerId: 'asked-peer', hostId: 'asked-host' }
      const asked = seed.nextCall()
      await stub.registerPeerTask(registerV1(name))
      const stream = new Conversation<schedulerV1.PieceResult, schedulerV1.PeerPacket__Output>(
        stub.openPieces(),
      )
      stream.say(beginV1(name))
      await within('the first call of the seed', wordMsMax, asked)
      const killedMs = performance.now()
      await cluster.kill(leader)
      const { code, mainPeer } = await stream.hear(wordMsMax)
      const servedMs = Math.round(performance.now() - killedMs)
      cluster.start(leader)
      await cluster.untilOnline(members)
      check(dfCodeNumber(code) === dfCodes.Success, `who waited was told ${code}`)
      check(mainPeer?.peerId === FakeSeed.peerOf(name.taskId), `its parent is ${mainPeer?.peerId}`)
      await until('the end of the outbox item', wordMsMax, async () =>
        (await stub.statTaskV1(name.taskId)).state === 'Succeeded' ? true : undefined,
      )
      const calls = seed.calls.get(name.taskId)
      check(calls === 2, `the seed was asked ${calls} times`)
      stream.cancel()
      return `asked ${calls} times, parents ${servedMs} ms after the death`
    } finally {
      await stub.deleteHost(seed.hostId).catch(() => undefined)
      seed.stop()
      stub.close()
    }
  },
}
