import { expect, test } from 'vitest'
import { fakeCluster, fakeTerminal, node } from './cluster-fixture.suite.ts'
import { addMember, joinCommand, revokeToken } from './member-add.ts'
import type { AskedToken } from './member-add.ts'

const asked = (change: Partial<AskedToken> = {}): AskedToken => ({
  hostId: 's4',
  learner: false,
  uses: 1,
  ttl: 60_000,
  dryRun: false,
  json: false,
  ...change,
})

const plan = { steps: ['Make a token.'], warnings: [], before: null, after: null }
const command =
  'damselfly scheduler --host-id s4 --advertise-ip ADDRESS --join 127.0.0.1:8001,127.0.0.1:8002 ' +
  `--join-token dfj1.${'ab'.repeat(8)}.${'cd'.repeat(16)}`

test('a token comes with the very command for the new host', async () => {
  const { client } = fakeCluster([node(1), node(2)], plan)
  const { terminal, text } = fakeTerminal()
  expect(await addMember({ client, terminal }, asked())).toBe(0)
  expect(text()).toBe(`1. Make a token.

Run this on the new host, with the address the other members reach it at:

  ${command}

Give it --cluster-key-file, and the flags of TLS, as the other members have them: with the key of
the cluster it comes back by itself should it lose its disk.

The token ${'ab'.repeat(8)} is shown once, and admits for 1 min.
`)
})

test('as JSON the same, and of a dry run no token', async () => {
  const { client } = fakeCluster([node(1), node(2)], plan)
  const made = fakeTerminal()
  await addMember({ client, terminal: made.terminal }, asked({ json: true }))
  expect(JSON.parse(made.text())).toMatchObject({ action: 'add', dryRun: false, command })
  const dry = fakeTerminal()
  await addMember({ client, terminal: dry.terminal }, asked({ json: true, dryRun: true }))
  expect(JSON.parse(dry.text())).toMatchObject({ token: null, command: null, dryRun: true })
})

test('a learner of any host', () => {
  const words = joinCommand({ hostId: '', learner: true, token: 'T', seeds: ['a:1'] })
  expect(words).toBe(
    'damselfly scheduler --advertise-ip ADDRESS --join a:1 --join-token T --learner',
  )
})

test('a token is taken back', async () => {
  const revoked: string[] = []
  const client = { revokeJoinToken: async (id: string) => void revoked.push(id) }
  const { terminal, text } = fakeTerminal()
  await revokeToken({ client, terminal }, { tokenId: 'ab', json: false })
  await revokeToken({ client, terminal }, { tokenId: 'cd', json: true })
  expect(revoked).toEqual(['ab', 'cd'])
  expect(text()).toBe('token ab admits nobody now\n{"action":"revoke-token","tokenId":"cd"}\n')
})

test('the command is words for a shell, whatever the host is called', () => {
  const words = joinCommand({
    hostId: "my host's; rm -rf x",
    learner: false,
    token: 'T',
    seeds: ['[::1]:8003', '10.0.0.2:8003'],
  })
  expect(words).toBe(
    "damselfly scheduler --host-id 'my host'\\''s; rm -rf x' --advertise-ip ADDRESS " +
      "--join '[::1]:8003,10.0.0.2:8003' --join-token T",
  )
})
