import { describe, expect, it } from 'vitest'
import { helpText, loadConfig, parseBytes, parseDuration, UsageError } from './config.ts'
import type { ConfigSchema, ConfigSources } from './config.ts'

const schema = {
  dataDir: { type: 'string', help: 'where data lives' },
  port: { type: 'integer', default: 8002, min: 0, max: 65_534, help: 'client port' },
  announceInterval: { type: 'duration', default: 30_000, min: 1000, help: 'pause' },
  rateLimit: { type: 'bytes', optional: true, help: 'bytes a second' },
  scheduler: { type: 'list', default: [], help: 'addresses' },
  header: { type: 'list', default: [], isWhole: true, help: 'headers' },
  seed: { type: 'boolean', default: false, help: 'be a seed peer' },
  output: { type: 'string', optional: true, short: 'O', flagOnly: true, help: 'file' },
  hostTtl: { type: 'duration', optional: true, path: 'gc.host.hostTTL', help: 'life' },
  retryLimit: { type: 'integer', optional: true, path: 'gc.retryLimit', help: 'tries' },
} as const satisfies ConfigSchema

function load(argv: string[], more: Partial<ConfigSources> = {}) {
  return loadConfig(schema, {
    argv,
    env: {},
    readFile: () => {
      throw Object.assign(new Error('no such file'), { code: 'ENOENT' })
    },
    envPrefix: 'TEST',
    ...more,
  })
}

function refusal(act: () => unknown): { code: string; message: string } {
  try {
    act()
  } catch (error) {
    if (error instanceof UsageError) return { code: error.code, message: error.message }
    throw error
  }
  throw new Error('nothing was refused')
}

describe('loadConfig', () => {
  it('takes flags before the environment before the file before the default', () => {
    const file = { readFile: () => 'port: 1\ndataDir: /file\nscheduler: [a, b]\n' }
    const env = { TEST_PORT: '2', TEST_DATA_DIR: '/env' }
    const argv = ['--data-dir', '/flag', '--config', 'x.yaml']
    const { config } = load(argv, { ...file, env })
    expect(config).toEqual({
      dataDir: '/flag',
      port: 2,
      announceInterval: 30_000,
      rateLimit: undefined,
      scheduler: ['a', 'b'],
      header: [],
      seed: false,
      output: undefined,
      hostTtl: undefined,
      retryLimit: undefined,
    })
    expect(Object.isFrozen(config)).toBe(true)
  })

  it('takes what stands deep in the file, or at its top, and parts that say nothing', () => {
    const values = (text: string): unknown => {
      const argv = ['--data-dir', '/d', '--config', 'f.yaml']
      const { hostTtl, retryLimit } = load(argv, { readFile: () => text }).config
      return [hostTtl, retryLimit]
    }
    expect(values('gc: {host: {hostTTL: 2h}, retryLimit: 7}')).toEqual([7_200_000, 7])
    expect(values('{hostTtl: 2h, retryLimit: 7}')).toEqual([7_200_000, 7])
    expect(values('gc: {host:, retryLimit: 7}')).toEqual([undefined, 7])
    expect(values('gc:')).toEqual([undefined, undefined])
  })

  it('reads switches, short flags, = values, repeated lists and positionals', () => {
    const argv = ['a', '--seed', '-O', 'out', '--data-dir=/d', '--scheduler', 'x,y']
    const loaded = load([...argv, '--scheduler', 'z', '--', '-b'], { positionalsMax: 2 })
    const headers = load(['--data-dir=/d', '--header', 'Accept: a, b', '--header=x']).config.header
    expect(headers).toEqual(['Accept: a, b', 'x'])
    expect(loaded.positionals).toEqual(['a', '-b'])
    expect(loaded.config).toMatchObject({ seed: true, output: 'out', scheduler: ['x', 'y', 'z'] })
  })

  it.each([
    [['--data-dri', '/x'], 'CONF_UNKNOWN_FLAG', '--data-dir'],
    [['--annnounce-interval', '1s'], 'CONF_UNKNOWN_FLAG', '--announce-interval'],
    [['--zzzzzzzz'], 'CONF_UNKNOWN_FLAG', '--help'],
    [[], 'CONF_MISSING', '--data-dir'],
    [['--data-dir'], 'CONF_INVALID_VALUE', 'needs a value'],
    [['--data-dir', 'a', '--data-dir', 'b'], 'CONF_INVALID_VALUE', 'twice'],
    [['--data-dir', 'a', '--port', '70000'], 'CONF_INVALID_VALUE', '0 to 65534'],
    [['--data-dir', 'a', '--port', '1.5'], 'CONF_INVALID_VALUE', 'whole number'],
    [['--data-dir', 'a', '--announce-interval', '5'], 'CONF_INVALID_VALUE', 'duration'],
    [['--data-dir', 'a', '--seed=maybe'], 'CONF_INVALID_VALUE', 'true or false'],
    [['--data-dir', 'a', 'stray'], 'CONF_UNEXPECTED_ARGUMENT', 'stray'],
    [['--data-dir', 'a', '--config', 'none.yaml'], 'CONF_FILE_UNREADABLE', 'none.yaml'],
  ])('refuses %j with %s', (argv, code, hint) => {
    const refused = refusal(() => load(argv))
    expect(refused.code).toBe(code)
    expect(refused.message).toContain(hint)
  })

  it.each([
    ['dataDri: /x', 'CONF_UNKNOWN_KEY', 'dataDir'],
    ['output: x', 'CONF_UNKNOWN_KEY', 'output'],
    ['- a', 'CONF_FILE_UNREADABLE', 'mapping'],
    ['port: [1]', 'CONF_INVALID_VALUE', 'port'],
    ['port: {a: 1}', 'CONF_INVALID_VALUE', 'port'],
    ['port:', 'CONF_INVALID_VALUE', 'port'],
    ['gcc: {retryLimit: 1}', 'CONF_UNKNOWN_KEY', 'did you mean gc?'],
    [
      'gc: {retryLimits: 1}',
      'CONF_UNKNOWN_KEY',
      'gc.retryLimits in f.yaml; did you mean gc.retryLimit?',
    ],
    ['gc: {host: {hostTtl: 1h}}', 'CONF_UNKNOWN_KEY', 'did you mean gc.host.hostTTL?'],
    ['gc: {hosts: {hostTTL: 1h}}', 'CONF_UNKNOWN_KEY', 'did you mean gc.host?'],
    ['gc: 7', 'CONF_INVALID_VALUE', 'gc is "7", expected a mapping'],
    ['gc: {retryLimit: x}', 'CONF_INVALID_VALUE', 'gc.retryLimit is "x"'],
    ['gc: {retryLimit: {a: 1}}', 'CONF_INVALID_VALUE', 'gc.retryLimit'],
    ['{gc: {retryLimit: 1}, retryLimit: 2}', 'CONF_INVALID_VALUE', 'gc.retryLimit and retryLimit'],
  ])('refuses the file %j with %s', (text, code, hint) => {
    const argv = ['--data-dir', '/d', '--config', 'f.yaml']
    const refused = refusal(() => load(argv, { readFile: () => text }))
    expect(refused.code).toBe(code)
    expect(refused.message).toContain(hint)
  })

  it('goes on without the default file, and asks for nothing under --help', () => {
    expect(load(['--data-dir', '/d'], { defaultFile: '/etc/none.yaml' }).config.port).toBe(8002)
    expect(load(['--help']).isHelpAsked).toBe(true)
  })
})

describe('units', () => {
  it('reads durations', () => {
    const texts = ['0', '250ms', '30s', '1h30m', '1.5s', '2d']
    expect(texts.map(parseDuration)).toEqual([0, 250, 30_000, 5_400_000, 1500, 172_800_000])
    expect(['', '5', 's', '-1s', '1x'].map(parseDuration)).toEqual(Array(5).fill(undefined))
  })

  it('reads sizes', () => {
    expect(['7', '1KiB', '1.5MiB', '1GB'].map(parseBytes)).toEqual([7, 1024, 1_572_864, 1e9])
    expect(['', 'x', '1kb', '-1'].map(parseBytes)).toEqual(Array(4).fill(undefined))
  })
})

it('shows every option in the help text, with unit and default', () => {
  const text = helpText('usage: test', schema)
  for (const part of ['--data-dir STRING', '-O, --output', '(8002)', '(30s)', '--help']) {
    expect(text).toContain(part)
  }
})
