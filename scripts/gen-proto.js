// Generates the types of the wire contract: proto-loader's types per message, and one barrel per
// proto package, so that other folders reach them through proto/index.ts as `schedulerV1.Task`.
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { readCommandLine } from './command-line.js'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..')
const protoDirectory = path.join(root, 'proto')
const generator = path.join(
  root,
  'node_modules/@grpc/proto-loader/build/bin/proto-loader-gen-types.js',
)

// Folder of a package below the output, and the name of its barrel.
const packages = {
  common: 'common-v1',
  errordetails: 'errordetails-v1',
  scheduler: 'scheduler-v1',
  dfdaemon: 'dfdaemon-v1',
  cdnsystem: 'cdnsystem-v1',
  manager: 'manager-v1',
  'common/v2': 'common-v2',
  'dfdaemon/v2': 'dfdaemon-v2',
  'errordetails/v2': 'errordetails-v2',
  'scheduler/v2': 'scheduler-v2',
  'manager/v2': 'manager-v2',
  'damselfly/cluster/v1': 'cluster-v1',
  'damselfly/raft/v1': 'raft-v1',
  'damselfly/store/v1': 'store-v1',
  'google/rpc': 'google-rpc',
  'google/protobuf': 'google-protobuf',
}

const usage = `usage: node scripts/gen-proto.js [--out DIR]

  --out  where the types go instead of proto/gen; what is there is removed
`
const { values } = readCommandLine(usage, { options: { out: { type: 'string' } } })
const out = path.resolve(values.out ?? path.join(protoDirectory, 'gen'))

function protoFiles(folder) {
  return readdirSync(path.join(protoDirectory, folder))
    .filter((name) => name.endsWith('.proto'))
    .sort()
    .map((name) => `${folder}/${name}`)
}

function generate() {
  rmSync(out, { recursive: true, force: true })
  mkdirSync(out, { recursive: true })
  const options = ['--longs=Number', '--enums=String', '--defaults', '--oneofs', '--arrays']
  const places = ['--objects', '--grpcLib=@grpc/grpc-js', '-I', '.', '-O', out]
  const files = ['damselfly', 'dragonfly', 'google/rpc'].flatMap(protoFiles)
  const result = spawnSync(
    process.execPath,
    [generator, ...options, '--importFileExtension=.ts', ...places, ...files],
    { cwd: protoDirectory, stdio: 'inherit' },
  )
  if (result.status !== 0) process.exit(1)
}

function writeBarrels() {
  for (const [folder, name] of Object.entries(packages)) {
    const lines = readdirSync(path.join(out, folder))
      .filter((file) => file.endsWith('.ts'))
      .sort()
      .map((file) => `export type * from './${folder}/${file}'\n`)
    writeFileSync(path.join(out, `package-${name}.ts`), lines.join(''))
  }
}

// Files without a service declare helpers that they do not use; the compiler refuses those.
function removeUnusedHelpers() {
  for (const name of readdirSync(out)) {
    if (!name.endsWith('.ts')) continue
    const text = readFileSync(path.join(out, name), 'utf8')
    if (text.includes('SubtypeConstructor<typeof grpc.Client')) continue
    const kept = text
      .replace("import type * as grpc from '@grpc/grpc-js';\n", '')
      .replace(/type SubtypeConstructor<[\s\S]*?\n};\n\n/, '')
    writeFileSync(path.join(out, name), kept)
  }
}

generate()
removeUnusedHelpers()
writeBarrels()
