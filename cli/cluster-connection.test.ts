import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Metadata, Server, ServerCredentials } from '@grpc/grpc-js'
import { afterEach, expect, test, vi } from 'vitest'
import { startFakeManager } from '../client/fake-manager.suite.ts'
import { loadServices } from '../proto/index.ts'
import type { clusterV1 } from '../proto/index.ts'
import { withCluster } from './cluster-connection.ts'

const closers: (() => unknown)[] = []
afterEach(() => {
  for (const close of closers.splice(0).toReversed()) close()
})

/** A member on this machine that says who leads. */
async function member(leader: string): Promise<string> {
  const server = new Server()
  closers.push(() => server.forceShutdown())
  const handlers: Pick<clusterV1.ClusterHandlers, 'Nodes'> = {
    Nodes: (call, callback) => {
      const metadata = new Metadata()
      metadata.set('x-raft-leader', leader)
      metadata.set('x-raft-term', '3')
      call.sendMetadata(metadata)
      callback(null, { index: 1, nodes: [] })
    },
  }
  server.addService(loadServices().cluster.service, { ...handlers })
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound)
      else reject(error)
    })
  })
  return `127.0.0.1:${port}`
}

test.each([
  { leader: '192.0.2.9:8002', warnings: 1 },
  { leader: '127.0.0.9:8002', warnings: 0 },
])('warns of a token that goes where a member on this machine says: $leader', async (row) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'damselfly-token-'))
  closers.push(() => rmSync(folder, { recursive: true }))
  const tokenFile = path.join(folder, 'token')
  writeFileSync(tokenFile, 'x'.repeat(32), { mode: 0o600 })
  const written = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  closers.push(() => written.mockRestore())
  const tls = { tlsCaFile: '', tlsCertFile: '', tlsKeyFile: '' }
  const schedulers = [await member(row.leader)]
  const config = { ...tls, schedulers, tokenFile, timeout: 10_000 }
  const { index } = await withCluster(config, (client) => client.nodes(false))
  expect(index).toBe(1)
  const lines = written.mock.calls.map(([line]) => String(line))
  expect(lines).toHaveLength(row.warnings)
  expect(lines.join('')).not.toContain('x'.repeat(32))
  if (row.warnings > 0) expect(lines[0]).toContain(`goes to ${row.leader} in the clear`)
})

test('finds members by name, and by asking a manager', async () => {
  const address = await member('')
  const manager = await startFakeManager()
  closers.push(manager.stop)
  manager.named = [address]
  const off = { tlsCaFile: '', tlsCertFile: '', tlsKeyFile: '', tokenFile: '', timeout: 10_000 }
  const port = address.split(':')[1]!
  for (const text of [`dns:///localhost:${port}`, `manager://${manager.address}`]) {
    const config = { ...off, schedulers: [text] }
    expect(await withCluster(config, (client) => client.nodes(false))).toMatchObject({ index: 1 })
  }
  expect(manager.asked).toHaveLength(1)
})
