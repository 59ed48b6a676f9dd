import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { nullLogger, VirtualClock } from '../base/index.ts'
import { certificateAlarmMs, diskMeasureMs, measureDirectory, MemberFacts } from './own-facts.ts'

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

function facts(
  measure: () => Promise<{ freeBytes: number; totalBytes: number; dataBytes: number }>,
) {
  const clock = new VirtualClock({ settle: settled })
  const guarded = { isDiverged: false }
  const log = { isDiskFull: false }
  const tls = { status: { expiresInMs: certificateAlarmMs } }
  const made = new MemberFacts({ clock, logger: nullLogger, guarded, log, tls, measure })
  return { clock, guarded, log, tls, made }
}

test('the disk is measured at once, and again when the figures are old', async () => {
  let measured = 0
  const { clock, made } = facts(async () => {
    measured += 1
    return { freeBytes: measured, totalBytes: 10, dataBytes: 1 }
  })
  expect(made.disk()).toBeUndefined()
  await settled()
  for (let i = 0; i < 3; i += 1) expect(made.disk()).toMatchObject({ freeBytes: 1 })
  await clock.advance(diskMeasureMs)
  expect(made.disk()).toMatchObject({ freeBytes: 1 })
  await settled()
  expect(made.disk()).toMatchObject({ freeBytes: 2 })
  expect(measured).toBe(2)
})

test('a disk that cannot be measured leaves the figures out', async () => {
  const { made } = facts(() => Promise.reject(new Error('no such directory')))
  await settled()
  expect(made.disk()).toBeUndefined()
})

test('alarms are raised under the codes of docs/errors.md', async () => {
  const { guarded, log, tls, made } = facts(async () => ({
    freeBytes: 1,
    totalBytes: 2,
    dataBytes: 3,
  }))
  expect(made.alarms()).toEqual([])
  guarded.isDiverged = true
  log.isDiskFull = true
  tls.status.expiresInMs = 90 * 60_000
  const alarms = made.alarms()
  expect(alarms.map(({ code }) => code)).toEqual([
    'SCHED_STATE_DIVERGED',
    'STORE_DISK_FULL',
    'SCHED_CERTIFICATE_EXPIRES',
  ])
  expect(alarms[2]?.text).toBe('its certificate is valid for 1 more hours')
})

test('a directory is measured with everything in it', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'damselfly-facts-'))
  try {
    await writeFile(join(directory, 'a'), Buffer.alloc(1000))
    const { freeBytes, totalBytes, dataBytes } = await measureDirectory(directory)
    expect(dataBytes).toBe(1000)
    expect(totalBytes).toBeGreaterThan(freeBytes)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
})
