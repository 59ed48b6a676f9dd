// `up.json`: what a data directory was made with, so that the next `up` finds the same ports, and
// refuses another shape instead of starting half a cluster on it.
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo, Server } from 'node:net'
import { join } from 'node:path'
import { CodedError, messageOf } from '../../base/index.ts'
import { portsFromBase, processNeeds } from './layout.ts'
import type { ClusterShape, PortPlan, Ports } from './layout.ts'

const format = 1

interface SavedState {
  readonly format: typeof format
  readonly schedulers: number
  /** Of every process that ever ran here, so that it finds them again. */
  readonly ports: PortPlan
}

/** The ports to use; picks and saves them when the directory is new. */
export async function settlePorts(
  dataDir: string,
  shape: ClusterShape,
  basePort: number,
): Promise<PortPlan> {
  const path = join(dataDir, 'up.json')
  const saved = readSaved(path)
  if (saved !== undefined && saved.schedulers !== shape.schedulers) {
    throw new CodedError(
      'CONF_LAYOUT_CHANGED',
      `${dataDir} holds a cluster of ${saved.schedulers} schedulers, not ${shape.schedulers}; ` +
        'use the same --schedulers or another --data-dir',
    )
  }
  const known = saved?.ports ?? {}
  const chosen = basePort === 0 ? await keptOrFree(known, shape) : portsFromBase(shape, basePort)
  const isMoved = processNeeds(shape)
    .slice(0, shape.schedulers)
    .some(({ name }) => known[name] !== undefined && known[name].join() !== chosen[name]!.join())
  if (isMoved) {
    throw new CodedError(
      'CONF_LAYOUT_CHANGED',
      `${dataDir} holds a cluster on other ports; use --base-port 0 or the one it was made with`,
    )
  }
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const { schedulers } = shape
  const state: SavedState = { format, schedulers, ports: { ...known, ...chosen } }
  writeFileSync(`${path}.tmp`, `${JSON.stringify(state, undefined, 2)}\n`, { mode: 0o600 })
  renameSync(`${path}.tmp`, path)
  return chosen
}

/** The ports a process had before, and free ones for new processes. */
async function keptOrFree(known: PortPlan, shape: ClusterShape): Promise<PortPlan> {
  const needs = processNeeds(shape)
  const fresh = needs.filter(({ name }) => known[name] === undefined)
  const free = await freePorts(fresh.map(({ ports }) => ports))
  const picked = Object.fromEntries(fresh.map(({ name }, i) => [name, free[i]!]))
  return Object.fromEntries(needs.map(({ name }) => [name, known[name] ?? picked[name]!]))
}

function readSaved(path: string): SavedState | undefined {
  if (!existsSync(path)) return undefined
  try {
    const saved = JSON.parse(readFileSync(path, 'utf8')) as SavedState
    if (saved.format === format && typeof saved.ports === 'object') return saved
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
