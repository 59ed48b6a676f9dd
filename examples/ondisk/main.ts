// A key-value store that survives its disks: a host whose directory is wiped, or whose member is
// removed, comes back by itself as a new replica. README.md beside this file says how to run it.
import { createServer } from 'node:http'
import { resolve } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import { nullLogger } from 'damselfly/raft'
import * as storage from 'damselfly/storage'
import type { AdmissionOutcome, MapJoin, MapProbe, MapRows } from 'damselfly/storage'
import { HttpTransport } from './transport.ts'

const text = { type: 'string', default: '' } as const
const { values } = parseArgs({ options: { name: text, listen: text, members: text, data: text } })
const { name: hostId, listen: raftAddress } = values
const encode = (value: string) => new TextEncoder().encode(value)
const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes)
const say = (fields: object, message: string) =>
  console.log(`${hostId}: ${message}`, JSON.stringify(fields))

/** Asks another host; undefined when it does not answer, or cannot. */
async function ask<Reply>(address: string, path: string, body?: object) {
  const post = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }
  const signal = AbortSignal.timeout(6_000)
  const reply = await fetch(`http://${address}${path}`, { ...post, signal }).catch(() => undefined)
  return reply?.ok === true ? ((await reply.json()) as Reply) : undefined
}

/** A command is JSON: `[key, value]`, or `[key]` to delete. */
function apply(rows: MapRows, data: Uint8Array): void {
  const [key, value] = JSON.parse(decode(data)) as [string, string?]
  if (value === undefined) rows.delete(key)
  else rows.set(key, encode(value))
}

let transport: HttpTransport | undefined
const host = await storage.openMapHost(
  {
    disk: new storage.FileDisk(),
    clock: new storage.SystemClock(),
    random: storage.systemRandom().random,
    logger: { ...nullLogger, warn: say, error: say, fatal: say },
    peers: {
      probe: (address) => ask<MapProbe>(address, '/probe'),
      join: (address, request) => ask<AdmissionOutcome>(address, '/join', request),
    },
  },
  {
    root: resolve(values.data), // the next start may come from another working directory
    hostId,
    raftAddress,
    addresses: values.members.split(','),
    apply,
    retainEntries: 100, // whoever is further behind is sent an image
    transport: (self, members) => (transport = new HttpTransport(self, raftAddress, members)),
    onReplica: (id) => say({ id }, 'a replica runs'),
  },
)

/** What a request is answered with; undefined = this host cannot now. */
async function answer(method: string, path: string, body: Uint8Array): Promise<unknown> {
  const [route, key = ''] = path.slice(1).split('/').map(decodeURIComponent)
  if (route === 'probe') return host.probeAnswer
  if (route === 'join') return host.admit(JSON.parse(decode(body)) as MapJoin)
  if (route === 'remove' && method === 'POST') {
    const leader = host.leaderAddress
    return leader === undefined ? (await host.remove(key)) || undefined : ask(leader, path, {})
  }
  if (host.replica === undefined) return undefined
  const { node, map } = host.replica
  if (route === 'members') return { ...map.configuration(), hosts: Object.fromEntries(map.members) }
  if (route !== 'kv') return undefined
  if (method === 'GET') {
    const read = await node.readIndex({ timeoutMs: 5_000 })
    const value = map.rows.get(key)
    return read.ok ? { value: value === undefined ? null : decode(value) } : undefined
  }
  const command = encode(JSON.stringify(method === 'PUT' ? [key, decode(body)] : [key]))
  const done = await node.propose(command, { timeoutMs: 5_000 })
  return done.ok ? { index: done.index } : undefined
}

const server = createServer((request, response) => {
  const { method = '', url = '', headers } = request
  void buffer(request)
    .then((body) => {
      if (url !== '/raft') return answer(method, url, body)
      transport?.take(body, String(headers['x-address']))
      return {}
    })
    .catch((error: unknown) => say({ error: String(error) }, 'a request failed'))
    .then((reply) => {
      response.statusCode = reply === undefined ? 503 : 200
      response.end(JSON.stringify(reply))
    })
})
server.listen({ host: raftAddress.split(':')[0], port: Number(raftAddress.split(':')[1]) })
process.once('SIGTERM', () => void host.stop().then(() => process.exit(0)))
await host.run().catch((error: unknown) => {
  say({ error: String(error) }, 'this host cannot go on')
  process.exit(1)
})
