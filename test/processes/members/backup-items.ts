// The state as a file: saved, looked at, restored; and a cluster that has lost its quorum for good.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { flagsOf, run } from '../commands.ts'
import { missingAt, writeTasks } from '../write-stream.ts'
import type { MemberProcess } from './member-cluster.ts'
import { MemberCluster as Cluster } from './member-cluster.ts'
import { check } from './steps.ts'
import type { OwnClusterItem } from './steps.ts'

/** Writes a backup holds. */
const writesSaved = 200

const cidsOf = (prefix: string): readonly string[] =>
  Array.from({ length: writesSaved }, (_, i) => `${prefix}${i}`)

export const savedAndRestored: OwnClusterItem = {
  title: 'a snapshot is saved, inspected, damaged, refused, and restored as a new cluster',
  run: async () => {
    const cluster = await Cluster.start({ initial: 3, spare: 1 })
    try {
      await writeTasks(cluster.addresses.slice(0, 3), 'saved', writesSaved)
      const file = join(cluster.dir, 'backup.image')
      const saved = await cluster.operateWell('snapshot', 'save', file)
      const inspect = async (path: string) =>
        run('damselfly', ['snapshot', 'inspect', path, '--json'])
      const seen = JSON.parse((await inspect(file)).stdout) as Readonly<Record<string, unknown>>
      check(seen['digest'] === saved['digest'], `${String(seen['digest'])} inspected`)
      await refusesDamage(file, inspect)
      const spare = cluster.members[3]!
      const place = {
        'data-dir': spare.dataDir,
        'host-id': spare.hostId,
        'raft-address': spare.raftAddr,
      }
      const words = ['snapshot', 'restore', file, ...flagsOf(place), '--json']
      const restored = await run('damselfly', words)
      check(restored.code === 0, restored.stderr)
      await Promise.all(cluster.members.slice(0, 3).map((member) => cluster.kill(member)))
      cluster.start(spare)
      const status = await cluster.untilOnline([spare])
      check(status.clusterId !== saved['clusterId'], 'it took the old cluster id')
      const missing = await missingAt(spare.addr, cidsOf('saved'))
      check(missing.length === 0, `the restored cluster lacks ${missing.slice(0, 5).join(' ')}`)
      return `${String(saved['rows'])} rows, ${String(saved['bytes'])} bytes`
    } finally {
      await cluster.stop()
    }
  },
}

async function refusesDamage(
  file: string,
  inspect: (path: string) => ReturnType<typeof run>,
): Promise<void> {
  const intact = readFileSync(file)
  const flipped = Buffer.from(intact)
  flipped[intact.length >> 1]! ^= 1
  const cases: readonly (readonly [string, Buffer])[] = [
    ['cut', intact.subarray(0, intact.length - 9)],
    ['flipped', flipped],
    ['nothing', Buffer.from('no image at all')],
  ]
  for (const [name, bytes] of cases) {
    const path = `${file}.${name}`
    writeFileSync(path, bytes)
    const ended = await inspect(path)
    const isRefused = ended.code === 1 && /\[[A-Z]+_[A-Z_]+\]/.test(ended.stderr)
    check(isRefused, `${name}: ${ended.code} ${ended.stderr}`)
  }
}

export const recovered: OwnClusterItem = {
  title: 'two of three lost for good: recover makes a new cluster of the survivor; others join it',
  run: async () => {
    const cluster = await Cluster.start({ initial: 3 })
    try {
      const before = await cluster.status()
      await writeTasks(cluster.addresses, 'kept', writesSaved)
      const leader = await cluster.leader()
      for (const member of cluster.members) await cluster.kill(member)
      const lost = cluster.members.filter((member) => member !== leader)
      for (const member of lost) cluster.wipe(member)
      const recover = ['recover', '--data-dir', leader.dataDir]
      const unsure = await run('damselfly', recover)
      check(unsure.code !== 0, 'it went ahead without being asked twice')
      const wrong = await run('damselfly', [...recover, '--confirm', 'f'.repeat(32)])
      check(wrong.code !== 0, 'it took another cluster id')
      const done = await run('damselfly', [...recover, '--confirm', String(before.clusterId)])
      check(done.code === 0, done.stderr)
      check(existsSync(join(leader.dataDir, 'quarantine')), 'the old directory was not kept')
      cluster.start(leader)
      const alone = await cluster.untilOnline([leader])
      check(alone.clusterId !== before.clusterId, 'it kept the old cluster id')
      const missing = await missingAt(leader.addr, cidsOf('kept'))
      check(missing.length === 0, `recovery lost ${missing.slice(0, 5).join(' ')}`)
      for (const member of lost) cluster.start(joining(member, leader))
      await cluster.untilOnline(cluster.members)
      return 'nothing lost; three members again'
    } finally {
      await cluster.stop()
    }
  },
}

/** A lost member's host, told to join the survivor. */
function joining(member: MemberProcess, survivor: MemberProcess): MemberProcess {
  const at = member.argv.indexOf('--initial-members')
  const argv = [
    ...member.argv.slice(0, at),
    '--join',
    survivor.raftAddr,
    ...member.argv.slice(at + 2),
  ]
  return { ...member, argv }
}
