import { expect, test } from 'vitest'
import { GiB, Prng } from '../base/index.ts'
import { DiskSimulator } from '../chaos-tests/sim/disk-simulator.ts'
import { directoryFormat } from './instance-format.ts'
import {
  isShortOfRoom,
  listQuarantined,
  parseQuarantinedName,
  planReclaim,
  quarantinedName,
  quarantineFields,
  readQuarantineReason,
  treeBytes,
  writeQuarantineReason,
} from './quarantine.ts'
import type { Quarantined, ReclaimFacts } from './quarantine.ts'
import { encodeSealedJson } from './sealed-json.ts'

const clusterId = 'c'.repeat(32)
const dayMs = 86_400_000

const at = (movedMs: number, ours = true): Quarantined => ({
  name: `q${movedMs}`,
  path: `/q/${movedMs}`,
  clusterId: ours ? clusterId : undefined,
  replica: '4',
  movedMs: ours ? movedMs : 0,
  reason: undefined,
})

const roomy: ReclaimFacts = {
  isVoter: true,
  wallMs: 10 * dayMs,
  retentionMs: dayMs,
  freeBytes: 500 * GiB,
  totalBytes: 1_000 * GiB,
}

const old = at(2 * dayMs)
const older = at(dayMs)
const young = at(9.5 * dayMs)
const removed = { ...older, reason: { code: 'removed', message: '', atWallMs: dayMs } }
const damaged = { ...older, reason: { code: 'STORE_LOG_CORRUPT', message: '', atWallMs: dayMs } }
const foreign = at(0, false)

test.each([
  [
    'what is old enough goes once this host is a voter',
    {},
    [foreign, older, old, young],
    [older, old],
  ],
  ['nothing goes before', { isVoter: false }, [foreign, older, old, young], []],
  ['a longer retention keeps them', { retentionMs: 9 * dayMs }, [older, old, young], [older]],
  ['short of room the oldest goes, whatever its age', { freeBytes: GiB / 2 }, [young], [young]],
  ['ten percent are short too', { freeBytes: 99 * GiB }, [old, young], [old]],
  ['but not the newest of a host that is no voter', { freeBytes: 0, isVoter: false }, [young], []],
  ['whose removed ones go', { freeBytes: 0, isVoter: false }, [removed, young], [removed]],
  ['nor what was damaged', { freeBytes: 0, isVoter: false }, [damaged, removed, young], [removed]],
  ['nor what nobody knows of', { freeBytes: 0, isVoter: false }, [older, young], []],
  ['what others put there stays', { freeBytes: 0 }, [foreign], []],
  ['a size that is not known is no reason', { totalBytes: 0, freeBytes: 2 * GiB }, [young], []],
] as const)('of the directories in quarantine %s', (_title, facts, quarantined, going) => {
  expect(planReclaim(quarantined, { ...roomy, ...facts })).toEqual(going)
})

test('a file system is short of room below 1 GiB or 10 percent', () => {
  const total = { totalBytes: 100 * GiB }
  expect(isShortOfRoom({ ...total, freeBytes: 10 * GiB - 1 })).toBe(true)
  expect(isShortOfRoom({ ...total, freeBytes: 10 * GiB })).toBe(false)
  expect(isShortOfRoom({ totalBytes: 5 * GiB, freeBytes: GiB - 1 })).toBe(true)
  expect(isShortOfRoom({ totalBytes: 5 * GiB, freeBytes: GiB })).toBe(false)
})

test('names say what was moved when, and tell ours from others', () => {
  const name = quarantinedName({ clusterId, replica: '4' }, 1_700_000_000_123)
  expect(name).toBe(`${clusterId}-4-1700000000123`)
  const parsed = parseQuarantinedName(name)
  expect(parsed).toEqual({ clusterId, replica: '4', movedMs: 1_700_000_000_123 })
  for (const other of ['old', `${clusterId}-4`, `${clusterId}-4-17`, `x${name}`]) {
    expect(parseQuarantinedName(other)).toBeUndefined()
  }
})

test('QUARANTINE.json is frozen', () => {
  const reason = { code: 'STORE_LOG_CORRUPT', message: 'why', atWallMs: 1_700_000_000_123 }
  const bytes = encodeSealedJson(directoryFormat, quarantineFields(reason))
  expect(Buffer.from(bytes).toString('utf8')).toBe(
    '{"format":3,"code":"STORE_LOG_CORRUPT","message":"why","atWallMs":1700000000123,"crc32":"e6aa4ed5"}\n',
  )
})

test('directories are listed by age, with a reason that reads or none', async () => {
  const disk = new DiskSimulator({ random: new Prng('listed') })
  const names = [quarantinedName({ clusterId, replica: '5' }, 2), 'foreign']
  const first = quarantinedName({ clusterId, replica: '6' }, 1)
  for (const name of [...names, first]) await disk.makeDirectory(`/q/${name}`)
  const reason = { code: 'removed', message: 'x'.repeat(3_000), atWallMs: 1 }
  await writeQuarantineReason(disk, `/q/${first}`, reason)
  const listed = await listQuarantined(disk, '/q')
  expect(listed.map(({ name, replica }) => [name, replica])).toEqual([
    ['foreign', ''],
    [first, '6'],
    [names[0], '5'],
  ])
  expect(listed[1]!.reason).toEqual({ ...reason, message: 'x'.repeat(2_000) })
  expect(listed[2]!.reason).toBeUndefined()
  const file = await disk.open(`/q/${first}/QUARANTINE.json`, 'write')
  await file.truncate(10)
  await file.close()
  expect(await readQuarantineReason(disk, `/q/${first}`)).toBeUndefined()
  expect(await treeBytes(disk, '/q')).toBe(10)
})
