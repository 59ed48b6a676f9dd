import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { announceTask } from '../scheduler/replication/commands/index.ts'
import {
  cacheTask,
  SchedulerFixture,
  taskAnnounce,
} from '../scheduler/replication/commands/scheduler-fixture.suite.ts'
import {
  clusterId,
  contentOf,
  inFolder,
  makeMember,
  testDeps,
} from '../scheduler/recovery/recovery.suite.ts'
import { runRecover } from './recover.ts'

const flags = { hostId: '', raftAddress: '', confirm: '', dryRun: false, json: false }

function terminal(answer: string | undefined) {
  const written: string[] = []
  const asked: string[] = []
  return {
    written,
    asked,
    write: async (text: string): Promise<void> => void written.push(text),
    ask: async (question: string): Promise<string | undefined> => {
      asked.push(question)
      return answer
    },
  }
}

async function withSurvivor(run: (dataDir: string) => Promise<void>): Promise<void> {
  await inFolder(async (folder) => {
    const fixture = new SchedulerFixture()
    fixture.run(announceTask, taskAnnounce(cacheTask('c'), 'holder'))
    const dataDir = join(folder, 's1')
    const { entries } = fixture
    await makeMember(testDeps(folder), dataDir, { entries, applied: entries.length - 1 })
    await run(dataDir)
  })
}

describe('damselfly recover', () => {
  it('shows what is lost, asks for the id that is given up, and says what to do next', async () => {
    await withSurvivor(async (dataDir) => {
      const person = terminal(` ${clusterId}\n`)
      await runRecover({ ...flags, dataDir }, person)
      expect(person.asked).toEqual(['Type the id of the cluster to give it up: '])
      const [plan, done] = person.written
      expect(plan).toContain(`cluster     ${clusterId}`)
      expect(plan).toContain('The last 1 entries were not known to be committed')
      expect(plan).toContain('Writes that were acknowledged after index 5 are LOST.')
      expect(plan).toContain('No longer members: s2, s3.')
      expect(done).toMatch(/new cluster {4}[0-9a-f]{32}\n/)
      expect(done).toContain('--join 127.0.0.1:9000')
      expect(done).toContain(join(dataDir, 'quarantine'))
      // The new member is alone: there is nobody who could be started instead.
      await runRecover({ ...flags, dataDir, dryRun: true }, person)
      expect(person.written.at(-1)).toContain('It was the only member')
    })
  })

  it('changes nothing for another id, without anybody to ask, or in a dry run', async () => {
    await withSurvivor(async (dataDir) => {
      const before = contentOf(join(dataDir, 'instances'))
      const refused = (confirm: string, answer: string | undefined) =>
        expect(runRecover({ ...flags, dataDir, confirm }, terminal(answer))).rejects
      await refused('c', undefined).toMatchObject({ code: 'CONF_NOT_CONFIRMED' })
      await refused('', 'yes').toMatchObject({ code: 'CONF_NOT_CONFIRMED' })
      await refused('', undefined).toMatchObject({
        code: 'CONF_NOT_CONFIRMED',
        message: `nobody to ask: --confirm ${clusterId} gives up the cluster`,
      })
      await expect(
        runRecover({ ...flags, dataDir, raftAddress: 'nowhere' }, terminal('')),
      ).rejects.toMatchObject({ code: 'CONF_INVALID_VALUE' })
      const dry = terminal(undefined)
      await runRecover({ ...flags, dataDir, dryRun: true, json: true }, dry)
      expect(JSON.parse(dry.written.join(''))).toMatchObject({
        action: 'planned',
        plan: {
          clusterId,
          replicaId: '1',
          commitIndex: 4,
          lastIndex: 5,
          members: [{ id: '1', hostId: 's1' }, { id: '2' }, { id: '3' }],
        },
      })
      expect(contentOf(join(dataDir, 'instances'))).toEqual(before)
    })
  })

  it('takes the id from --confirm and answers as JSON', async () => {
    await withSurvivor(async (dataDir) => {
      const script = terminal(undefined)
      const place = { hostId: 'n1', raftAddress: 'n1.example:8003' }
      await runRecover({ ...flags, ...place, dataDir, confirm: clusterId, json: true }, script)
      expect(script.asked).toEqual([])
      const done = JSON.parse(script.written.join('')) as { clusterId: string }
      expect(done).toMatchObject({
        action: 'recovered',
        index: 6,
        member: { id: '4', hostId: 'n1', raftAddr: 'n1.example:8003' },
        plan: { clusterId },
      })
      expect(done.clusterId).toMatch(/^[0-9a-f]{32}$/)
      expect(done.clusterId).not.toBe(clusterId)
    })
  })
})
