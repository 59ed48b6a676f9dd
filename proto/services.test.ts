import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { loadDescriptors, loadMessages, loadServices, protoFiles } from './services.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

test('every .proto file of the folder is loaded', () => {
  const found = ['damselfly', 'dragonfly', 'google/rpc'].flatMap((folder) =>
    readdirSync(path.join(root, 'proto', folder)).map((name) => `${folder}/${name}`),
  )
  expect([...protoFiles].sort()).toEqual(found.sort())
})

test('services carry the method paths of the wire contract', () => {
  const services = loadServices()
  const paths = (service: Readonly<Record<string, { readonly path: string }>>): string[] =>
    Object.values(service).map((method) => method.path)
  expect(paths(services.schedulerV1.service)).toEqual([
    '/scheduler.Scheduler/RegisterPeerTask',
    '/scheduler.Scheduler/ReportPieceResult',
    '/scheduler.Scheduler/ReportPeerResult',
    '/scheduler.Scheduler/AnnounceTask',
    '/scheduler.Scheduler/StatTask',
    '/scheduler.Scheduler/LeaveTask',
    '/scheduler.Scheduler/AnnounceHost',
    '/scheduler.Scheduler/LeaveHost',
  ])
  expect(paths(services.schedulerV2.service)).toHaveLength(33)
  expect(paths(services.daemonV1.service)).toHaveLength(10)
  expect(paths(services.seederV1.service)).toContain('/cdnsystem.Seeder/ObtainSeeds')
  expect(paths(services.dfdaemonUploadV2.service)).toEqual([
    '/dfdaemon.v2.DfdaemonUpload/DownloadTask',
  ])
  expect(paths(services.managerV1.service)).toContain('/manager.Manager/ListSchedulers')
  expect(paths(services.managerV2.service)).toContain('/manager.v2.Manager/ListSchedulers')
  const cluster = [
    'Status',
    'Shards',
    'Slots',
    'Nodes',
    'Join',
    'CreateJoinToken',
    'RevokeJoinToken',
  ]
  cluster.push('ChangeMember', 'Snapshot', 'Watch')
  expect(paths(services.cluster.service)).toEqual(
    cluster.map((name) => `/damselfly.cluster.v1.Cluster/${name}`),
  )
  expect(paths(services.store.service)).toEqual(
    ['Get', 'List', 'CompareAndSwap', 'Delete'].map((name) => `/damselfly.store.v1.Store/${name}`),
  )
})

test('a message has its golden bytes', () => {
  const codec = loadServices().schedulerV1.service.ReportPieceResult
  const bytes = codec.requestSerialize({
    taskId: 't',
    srcPid: 'p',
    pieceInfo: { pieceNum: -1, rangeStart: 4_294_967_296 },
    success: true,
    code: 'Success',
    finishedCount: 3,
  })
  expect(bytes.toString('hex')).toBe(
    '0a0174120170221108ffffffffffffffffff01108080808010380140c8015003',
  )
  const back = codec.requestDeserialize(bytes)
  expect(back.pieceInfo?.pieceNum).toBe(-1)
  expect(back.pieceInfo?.rangeStart).toBe(4_294_967_296)
  expect(back.code).toBe('Success')
  expect(back.dstPid).toBe('')
})

test('what a seed of API v2 is asked and says has its golden bytes', () => {
  const codec = loadServices().dfdaemonUploadV2.service.DownloadTask
  const download = { url: 'u', needBackToSource: true }
  expect(codec.requestSerialize({ download }).toString('hex')).toBe('0a050a01757001')
  const names = { hostId: 'h', taskId: 't', peerId: 'p' }
  const piece = { ...names, downloadPieceFinishedResponse: { piece: { number: 1 } } }
  const started = { ...names, downloadTaskStartedResponse: { contentLength: 5, isFinished: true } }
  expect(codec.responseSerialize(piece).toString('hex')).toBe('0a01681201741a01702a040a020801')
  expect(codec.responseSerialize(started).toString('hex')).toBe('0a01681201741a0170220408052801')
})

test('absent optional fields stay absent, unknown fields and enum numbers are tolerated', () => {
  const codec = loadServices().schedulerV2.service.AnnounceHost
  const host = codec.requestDeserialize(codec.requestSerialize({ host: { id: 'h' } }))
  expect(host.interval ?? undefined).toBeUndefined()
  expect(host.host?.network ?? undefined).toBeUndefined()
  // Field 2 (code) holds 9999, field 99 is nobody's.
  const unknown = Buffer.from('088f4e12016d9a0601ff', 'hex')
  const error = loadMessages().grpcDfError.deserialize(unknown)
  expect(error).toEqual({ code: 9999, message: 'm' })
})

test('descriptors for reflection keep the names of the wire', () => {
  const definition = loadDescriptors(['dragonfly/scheduler-v1.proto'])
  const names = JSON.stringify(definition['scheduler.PeerTaskRequest']?.type)
  expect(names).toContain('"peer_host"')
})

test('generating the types again changes nothing', () => {
  const out = mkdtempSync(path.join(tmpdir(), 'damselfly-gen-'))
  try {
    const script = path.join(root, 'scripts/gen-proto.js')
    const result = spawnSync(process.execPath, [script, '--out', out], { encoding: 'utf8' })
    expect(result.stderr).toBe('')
    const listing = (folder: string): string[] =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.ts'))
        .sort()
    const committed = path.join(root, 'proto/gen')
    expect(listing(out)).toEqual(listing(committed))
    for (const name of listing(out)) {
      const text = readFileSync(path.join(out, name), 'utf8')
      expect(text, name).toBe(readFileSync(path.join(committed, name), 'utf8'))
    }
  } finally {
    rmSync(out, { recursive: true, force: true })
  }
})
