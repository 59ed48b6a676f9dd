// The settings of a whole cluster: what the first leader's options say, what an operator's command
// changes, on every member, for hosts that are there already, and after every member was restarted.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { nullLogger } from '../base/index.ts'
import { setConfig } from '../cli/config-change.ts'
import { getConfig } from '../cli/config-show.ts'
import { ClusterClient, SchedulerClient } from '../client/index.ts'
import { SystemClock, systemRandom } from '../runtime/index.ts'
import { plainText } from '../runtime/grpc-tls.ts'
import { getHost, settingsKey, settingsOf, configTable } from './replication/index.ts'
import { patienceMs, RunningMembers, until } from './running-members.suite.ts'
import type { RunningMember } from './running-members.suite.ts'

const hosts: RunningMembers[] = []
const clients: { close(): void }[] = []
afterAll(async () => {
  for (const client of clients.splice(0)) client.close()
  for (const host of hosts.splice(0)) await host.stop()
})

const deps = { clock: new SystemClock(), random: systemRandom().random, logger: nullLogger }
const addressesOf = (members: readonly RunningMember[]): string[] =>
  members.map(({ running }) => running.addr)

function clusterClient(members: readonly RunningMember[]): ClusterClient {
  const token = members
    .map(({ place }) => join(place.root, 'operator.token'))
    .find((path) => existsSync(path))
  const bearerToken = token === undefined ? '' : readFileSync(token, 'utf8').trim()
  const security = { transport: plainText, bearerToken }
  const options = { addresses: addressesOf(members), deadlineMs: patienceMs, security }
  const client = new ClusterClient(deps, options)
  clients.push(client)
  return client
}

const readerOf = ({ opened }: RunningMember) => opened.durable.state.reader

/** A value that all members have. */
async function everywhere<Value>(
  members: readonly RunningMember[],
  what: string,
  read: (member: RunningMember) => Value | undefined,
  wanted: Value,
): Promise<number> {
  const { tookMs } = await until(what, () =>
    members.every((member) => read(member) === wanted) ? true : undefined,
  )
  return tookMs
}

async function said(run: (write: (text: string) => Promise<void>) => Promise<number>) {
  let text = ''
  const code = await run(async (more) => void (text += more))
  return { code, text }
}

test('are seeded, changed by an operator for all members, and outlast them', async () => {
  const host = new RunningMembers()
  hosts.push(host)
  const settingsSeed = { hostTtlMs: 7_200_000 }
  const members = await host.start(3, { settingsSeed })
  const hostTtlMs = (member: RunningMember): number | undefined =>
    readerOf(member).get(configTable, settingsKey) && settingsOf(readerOf(member)).hostTtlMs
  await everywhere(members, 'the settings of the options', hostTtlMs, 7_200_000)
  await until('an operator token', () =>
    members.some(({ place }) => existsSync(join(place.root, 'operator.token'))) ? true : undefined,
  )
  // A host that announces no interval, as every one of API v1, and is never heard again.
  const options = { addresses: addressesOf(members), deadlineMs: patienceMs }
  const scheduler = new SchedulerClient(deps, options)
  clients.push(scheduler)
  await scheduler.announceHostV1({
    id: 'silent',
    type: 'normal',
    hostname: 'silent',
    ip: '127.0.0.1',
    port: 65_000,
    downloadPort: 65_002,
  })
  const isThere = (member: RunningMember): boolean =>
    getHost(readerOf(member), 'silent') !== undefined
  await everywhere(members, 'the host', isThere, true)

  const client = clusterClient(members)
  const pairs = ['scheduler.gc.hostTTL=2s', 'scheduler.loadLimit=7']
  const set = await said((write) =>
    setConfig(
      { client, terminal: { write, ask: async () => undefined } },
      { pairs, file: '', json: false },
    ),
  )
  expect(set).toMatchObject({ code: 0, text: expect.stringContaining('2h -> 2s') })
  await everywhere(members, 'the new settings', hostTtlMs, 2000)
  const goneMs = await everywhere(members, 'the end of the host', isThere, false)
  console.log(`with hostTTL 2 s the silent host was gone ${Math.round(goneMs)} ms after the change`)

  const places = members.map(({ place }) => place)
  for (const member of members) await member.stop()
  // Other options than before: the cluster has its settings already.
  const again = await Promise.all(
    places.map((place) => host.restart(place, { settingsSeed: { hostTtlMs: 9000, loadLimit: 9 } })),
  )
  await everywhere(again, 'the settings after a restart', hostTtlMs, 2000)
  const got = await said((write) =>
    getConfig(
      { client: clusterClient(again), terminal: { write, ask: async () => undefined } },
      { key: 'scheduler.loadLimit', stale: false, json: false },
    ),
  )
  expect(got).toEqual({ code: 0, text: '7\n' })
})
