// How long an import may wait for its announcement, from dfcache's flag to the daemon's operation.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Server, ServerCredentials } from '@grpc/grpc-js'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { nullLogger, Prng, secondMs } from '../../base/index.ts'
import { loadServices } from '../../proto/index.ts'
import { FileDisk, SystemClock, UndiciHttp } from '../../runtime/index.ts'
import { runDfcache } from '../cli/run-dfcache.ts'
import { daemonHandlers } from './daemon-service.ts'
import { answerReserveMsMax, announceWaitMsDefault } from './limits.ts'
import type { PieceTasks } from './piece-tasks.ts'
import type { TaskOperations } from './task-operations.ts'

const clock = new SystemClock()
let directory: string
let server: Server
/** What each import was allowed to wait, milliseconds. */
let waits: number[]

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'import-'))
  await writeFile(join(directory, 'file'), 'content')
  waits = []
  const imports: Pick<TaskOperations, 'import'> = {
    import: async (_request, _path, { announceMs }) => void waits.push(announceMs),
  }
  const operations = imports as TaskOperations
  const deps = { clock, logger: nullLogger, operations, pieceTasks: {} as PieceTasks }
  server = new Server()
  server.addService(loadServices().daemonV1.service, daemonHandlers(deps, 'unix-socket'))
  await new Promise<void>((resolve, reject) => {
    const done = (error: Error | null): void => (error === null ? resolve() : reject(error))
    server.bindAsync(`unix:${directory}/sock`, ServerCredentials.createInsecure(), done)
  })
})

afterEach(async () => {
  server.forceShutdown()
  await rm(directory, { recursive: true })
})

async function runImport(...flags: readonly string[]): Promise<void> {
  const http = new UndiciHttp()
  let stderr = ''
  const code = await runDfcache({
    argv: ['import', '-i', 'x', 'file', '--daemon-sock', 'sock', ...flags],
    env: {},
    cwd: directory,
    uid: -1,
    gid: -1,
    readFile: () => {
      throw Object.assign(new Error('no such file'), { code: 'ENOENT' })
    },
    stdout: () => {},
    stderr: (text) => void (stderr += text),
    onInterrupt: () => () => {},
    isTerminal: false,
    version: 'test',
    disk: new FileDisk(),
    clock,
    random: new Prng('import'),
    http,
  })
  await http.close()
  expect([code, stderr]).toEqual([0, ''])
}

it('waits 30 s when dfcache import was given no timeout, or one without limit', async () => {
  await runImport()
  await runImport('--timeout', '0s')
  expect(waits).toEqual([announceWaitMsDefault, announceWaitMsDefault])
  expect(announceWaitMsDefault).toBe(30 * secondMs)
})

it('waits less than the timeout it was given, so that the answer arrives in time', async () => {
  await runImport('--timeout', '1h')
  const [waitMs] = waits
  expect(waitMs).toBeLessThanOrEqual(3600 * secondMs - answerReserveMsMax)
  expect(waitMs).toBeGreaterThan(announceWaitMsDefault)
})
