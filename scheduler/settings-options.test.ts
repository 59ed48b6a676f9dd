import { expect, test } from 'vitest'
import { defaultSettings, settingRules, settingText } from './core/index.ts'
import { helpText, loadConfig } from '../runtime/index.ts'
import { schedulerSchema } from './config.ts'
import type { SchedulerConfig } from './config.ts'
import { firstSettings, settingsSchema, settingsSeed } from './settings-options.ts'

function load(file: string, argv: readonly string[] = []): SchedulerConfig {
  return loadConfig(schedulerSchema, {
    argv: ['--config', 'scheduler.yaml', ...argv],
    env: {},
    readFile: () => file,
    envPrefix: 'DAMSELFLY_SCHEDULER',
  }).config
}

const upstream = `
server:
  listenIP: 127.0.0.1
  port: 9002
  requestRateLimit: 100
  logLevel: warn
scheduler:
  backToSourceCount: 3
  retryBackToSourceLimit: 6
  retryLimit: 10
  retryInterval: 50ms
  candidateParentLimit: 4
  filterParentLimit: 40
  loadLimit: 50
  seedLoadLimit: 300
  gc:
    pieceDownloadTimeout: 10m
    peerGCInterval: 10s
    peerTTL: 48h
    taskGCInterval: 10m
    hostGCInterval: 5m
    hostTTL: 2h
seedPeer:
  taskDownloadTimeout: 1h
`

test('a file spells options as upstream does', () => {
  const config = load(upstream)
  expect(config).toMatchObject({
    listenIp: '127.0.0.1',
    port: 9002,
    requestRateLimit: 100,
    logLevel: 'warn',
    hostGcInterval: 300_000,
    peerGcInterval: 10_000,
  })
  expect(settingsSeed(config)).toEqual({
    backToSourceCount: 3,
    retryBackToSourceLimit: 6,
    retryLimit: 10,
    retryIntervalMs: 50,
    candidateParentLimit: 4,
    filterParentLimit: 40,
    loadLimit: 50,
    seedLoadLimit: 300,
    pieceDownloadTimeoutMs: 600_000,
    peerTtlMs: 172_800_000,
    hostTtlMs: 7_200_000,
    taskTtlMs: 600_000,
    seedTaskDownloadTimeoutMs: 3_600_000,
  })
})

test('flags go first, and what nobody says is no seed', () => {
  const config = load('scheduler: {gc: {hostTTL: 2h}}', ['--host-ttl', '3h'])
  expect(settingsSeed(config)).toEqual({ hostTtlMs: 10_800_000 })
  expect(settingsSeed(load(''))).toEqual({})
  expect(firstSettings({})).toEqual(defaultSettings)
  expect(config.requestRateLimit).toBe(4000)
})

test.each([
  ['scheduler: {gc: {hostTTLs: 2h}}', 'CONF_UNKNOWN_KEY', 'did you mean scheduler.gc.hostTTL?'],
  ['scheduler: {gc: {hostTTL: 1s}}', 'CONF_INVALID_VALUE', 'scheduler.gc.hostTTL is "1s"'],
  ['scheduler: {gc: {hostGCInterval: 1ms}}', 'CONF_INVALID_VALUE', 'hostGCInterval'],
  ['server: {requestRateLimit: 0}', 'CONF_INVALID_VALUE', 'server.requestRateLimit'],
])('the file %j is refused', (file, code, message) => {
  const refused = expect.objectContaining({ code, message: expect.stringContaining(message) })
  expect(() => load(file)).toThrow(refused)
})

test('every setting has an option that seeds it, with its default in the help', () => {
  const places = Object.values(settingsSchema).map(({ path }) => path)
  for (const rule of settingRules) {
    const place = rule.path.join('.')
    expect(places.some((path) => path === place || path === `scheduler.${place}`)).toBe(true)
  }
  const help = helpText('usage', settingsSchema)
  for (const rule of settingRules) {
    expect(help).toContain(`seeds a new cluster (${settingText(rule, defaultSettings)})`)
  }
})
