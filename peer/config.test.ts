import { homedir } from 'node:os'
import { describe, expect, it } from 'vitest'
import { loadConfig } from '../runtime/index.ts'
import { absolutePath, dfdaemonOptions, dfdaemonSchema, socketPath } from './config.ts'

function load(argv: readonly string[]) {
  const { config } = loadConfig(dfdaemonSchema, {
    argv,
    env: { DFDAEMON_IDC: 'east' },
    readFile: () => 'location: a|b\nport: 7000\n',
    envPrefix: 'DFDAEMON',
    defaultFile: '/etc/damselfly/dfdaemon.yaml',
  })
  return dfdaemonOptions(config, '/srv')
}

describe('dfdaemon’s options', () => {
  it('come from flags, environment and file, with paths resolved once', () => {
    const argv = ['--socket', 's.sock', '--data-dir', 'data', '--scheduler', 'a:1,b:2', '--seed']
    expect(load(argv)).toMatchObject({
      socket: '/srv/s.sock',
      dataDir: '/srv/data',
      scheduler: ['a:1', 'b:2'],
      manager: undefined,
      idc: 'east',
      location: 'a|b',
      port: 7000,
      uploadPort: 65_002,
      announceInterval: 300_000,
      leaveOnStop: false,
      seed: true,
    })
  })

  it('name this machine when nobody says otherwise', () => {
    const { hostname, ip } = load([])
    expect(hostname).not.toBe('')
    expect(ip).toMatch(/^[0-9.]+$/)
  })

  it.each([
    [['--announce-interval', '10ms'], 'CONF_INVALID_VALUE'],
    [['--log-level', 'loud'], 'CONF_INVALID_VALUE'],
    [['--shceduler', 'a:1'], 'CONF_UNKNOWN_FLAG'],
    [['--socket', `/${'x'.repeat(107)}`], 'PEER_SOCKET_PATH_TOO_LONG'],
  ])('refuse %j', (argv, code) => {
    expect(() => load(argv)).toThrow(expect.objectContaining({ code }) as Error)
  })
})

describe('paths', () => {
  it('are made absolute against the folder given', () => {
    expect(absolutePath('a/../b', '/w')).toBe('/w/b')
    expect(absolutePath('/x/./y', '/w')).toBe('/x/y')
    expect(absolutePath('y/', '/x')).toBe('/x/y/')
    expect(absolutePath('~/y', '/w')).toBe(`${homedir()}/y`)
  })

  it('of sockets hold 107 bytes, not characters', () => {
    expect(socketPath(`/${'x'.repeat(106)}`, '/')).toHaveLength(107)
    expect(() => socketPath(`/${'ü'.repeat(54)}`, '/')).toThrow('109 bytes')
  })
})
