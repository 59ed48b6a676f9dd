// `damselfly snapshot save|inspect|restore`: the state of a cluster as a file, and back.
import { resolve } from 'node:path'
import { FileDisk, runCommand, UsageError } from '../runtime/index.ts'
import type { ConfigSchema } from '../runtime/index.ts'
import { connectionSchema, ownTerminal } from './cluster-connection.ts'
import { offlineDeps, requireMember } from './offline.ts'
import { saveSnapshot } from './snapshot-save.ts'
import { restoredText, snapshotText } from './snapshot-text.ts'
import { runVerb } from './verbs.ts'

const json = { type: 'boolean', default: false, help: 'print JSON' } as const

const { timeout: _, ...saving } = connectionSchema

const saveSchema = {
  ...saving,
  overwrite: { type: 'boolean', default: false, help: 'replace a file that is there' },
  stale: {
    type: 'boolean',
    default: false,
    help: 'what the asked member has, without asking the leader: for a cluster without one',
  },
} as const satisfies ConfigSchema

const inspectSchema = { json } as const satisfies ConfigSchema

const restoreSchema = {
  dataDir: { type: 'string', help: 'where the new member is made; absent or empty' },
  hostId: { type: 'string', help: "the new member's name, as its --host-id will be" },
  raftAddress: { type: 'string', help: 'host:port its replication port will have for others' },
  json,
} as const satisfies ConfigSchema

export async function main(argv: readonly string[]): Promise<void> {
  await runVerb(
    'damselfly snapshot',
    {
      save: { help: 'take the state of a running cluster', main: saveMain },
      inspect: { help: 'prove a file and say what it holds', main: inspectMain },
      restore: { help: 'begin a new cluster of one member with it', main: restoreMain },
    },
    argv,
  )
}

async function saveMain(argv: readonly string[]): Promise<void> {
  await runCommand(
    {
      name: 'damselfly snapshot save',
      usage:
        'usage: damselfly snapshot save FILE --schedulers ADDR[,ADDR] [options]\n\n' +
        'Takes the state of a running cluster from the first member that answers, proves it and\n' +
        'leaves it in FILE. Needs the credentials of an operator.',
      schema: saveSchema,
      envPrefix: 'DAMSELFLY_SNAPSHOT',
      positionalsMax: 1,
      run: async ({ config, positionals }) => {
        const path = fileOf(positionals)
        const { address, report } = await saveSnapshot(offlineDeps(), path, config)
        await ownTerminal.write(await snapshotText({ path, report, address, json: config.json }))
        return 0
      },
    },
    argv,
  )
}

async function inspectMain(argv: readonly string[]): Promise<void> {
  await runCommand(
    {
      name: 'damselfly snapshot inspect',
      usage:
        'usage: damselfly snapshot inspect FILE [--json]\n\n' +
        'Proves every check of FILE and the digest of its rows, and says what it holds.',
      schema: inspectSchema,
      envPrefix: 'DAMSELFLY_SNAPSHOT',
      positionalsMax: 1,
      run: async ({ config, positionals }) => {
        const path = fileOf(positionals)
        const { inspectSnapshot } = await import('../scheduler/recovery/index.ts')
        const report = await inspectSnapshot(new FileDisk(), path)
        await ownTerminal.write(await snapshotText({ path, report, json: config.json }))
        return 0
      },
    },
    argv,
  )
}

async function restoreMain(argv: readonly string[]): Promise<void> {
  await runCommand(
    {
      name: 'damselfly snapshot restore',
      usage:
        'usage: damselfly snapshot restore FILE --data-dir DIR --host-id HOST --raft-address ADDR\n\n' +
        'Makes the first member of a NEW cluster with what FILE holds. The cluster it was taken\n' +
        'from is not touched. The other members join the new one with empty directories.',
      schema: restoreSchema,
      envPrefix: 'DAMSELFLY_SNAPSHOT',
      positionalsMax: 1,
      run: async ({ config, positionals }) => {
        const file = fileOf(positionals)
        const { restoreSnapshot } = await import('../scheduler/recovery/index.ts')
        const { hostId, raftAddress } = config
        const place = { root: resolve(config.dataDir), hostId, raftAddress }
        requireMember(place)
        const restored = await restoreSnapshot(offlineDeps(), { file, ...place })
        await ownTerminal.write(restoredText(restored, { root: place.root, json: config.json }))
        return 0
      },
    },
    argv,
  )
}

function fileOf(positionals: readonly string[]): string {
  const [file] = positionals
  if (file === undefined || file === '') throw new UsageError('CONF_MISSING', 'FILE is missing')
  return resolve(file)
}
