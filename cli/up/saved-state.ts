// `up.json`: what a data directory was made with, so that the next `up` finds the same ports, and
// refuses another shape instead of starting half a cluster on it.
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo, Server } from 'node:net'
import { join } from 'node:path'
import { CodedError, messageOf } from '../../base/index.ts'
import { portCounts, portsFromBase } from './layout.ts'
import type { ClusterShape, Ports } from './layout.ts'

const format = 1

interface SavedState {
  readonly format: typeof format
  readonly shape: ClusterShape
  readonly ports: readonly Ports[]
}

/** The ports to use; picks and saves them when the directory is new. */
export async function settlePorts(
  dataDir: string,
  shape: ClusterShape,
  basePort: number,
): Promise<readonly Ports[]> {
  const path = join(dataDir, 'up.json')
  const saved = readSaved(path)
  if (saved !== undefined && saved.shape.schedulers !== shape.schedulers) {
    throw new CodedError(
      'CONF_LAYOUT_CHANGED',
      `${dataDir} holds a cluster of ${saved.shape.schedulers} schedulers, not ${shape.schedulers}; ` +
        'use the same --schedulers or another --data-dir',
    )
  }
  const ports = await choosePorts(saved, shape, basePort)
  if (saved !== undefined && !sameSchedulerPorts(saved, ports, shape)) {
    throw new CodedError(
      'CONF_LAYOUT_CHANGED',
      `${dataDir} holds a cluster on other ports; use --base-port 0 or the one it was made with`,
    )
  }
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const state: SavedState = { format, shape, ports }
  writeFileSync(`${path}.tmp`, `${JSON.stringify(state, undefined, 2)}\n`, { mode: 0o600 })
  renameSync(`${path}.tmp`, path)
  return ports
}

async function choosePorts(
  saved: SavedState | undefined,
  shape: ClusterShape,
  basePort: number,
): Promise<readonly Ports[]> {
  if (basePort !== 0) return portsFromBase(shape, basePort)
  if (saved === undefined) return freePorts(portCounts(shape))
  const kept = shape.schedulers + 1
  const oldPeers = saved.ports.slice(kept)
  const counts = portCounts(shape).slice(kept)
  const more = await freePorts(counts.slice(oldPeers.length))
  return [...saved.ports.slice(0, kept), ...oldPeers.slice(0, counts.length), ...more]
}

function sameSchedulerPorts(
  saved: SavedState,
  ports: readonly Ports[],
  shape: ClusterShape,
): boolean {
  const first = (all: readonly Ports[]): string => JSON.stringify(all.slice(0, shape.schedulers))
  return first(saved.ports) === first(ports)
}

function readSaved(path: string): SavedState | undefined {
  if (!existsSync(path)) return undefined
  try {
    const saved = JSON.parse(readFileSync(path, 'utf8')) as SavedState
    if (saved.format === format && Array.isArray(saved.ports)) return saved
  } catch (error) {
    throw unreadable(path, messageOf(error), error)
  }
  throw unreadable(path, 'another format', undefined)
}

function unreadable(path: string, why: string, cause: unknown): CodedError {
  return new CodedError('CONF_FILE_UNREADABLE', `cannot read ${path}: ${why}`, { cause })
}

/** Free ports of 127.0.0.1, all different: each is held until the last one is found. */
async function freePorts(counts: readonly number[]): Promise<readonly Ports[]> {
  const held: Server[] = []
  try {
    const ports: Ports[] = []
    for (const count of counts) {
      const own: number[] = []
      for (let i = 0; i < count; i += 1) {
        const server = createServer()
        await new Promise<void>((resolve, reject) => {
          server.once('error', reject)
          server.listen(0, '127.0.0.1', resolve)
        })
        held.push(server)
        own.push((server.address() as AddressInfo).port)
      }
      ports.push(own)
    }
    return ports
  } finally {
    await Promise.all(held.map((server) => new Promise((resolve) => server.close(resolve))))
  }
}
