import { expect, test } from 'vitest'
import { CodedError, nullLogger, Prng, VirtualClock } from '../base/index.ts'
import { DiskSimulator } from '../chaos-tests/sim/disk-simulator.ts'
import { readFatal } from '../storage/index.ts'
import type { Instance } from '../storage/index.ts'
import { fatalExitCode, FatalStop } from './fatal-stop.ts'

const instance = { directory: '/i', raftDirectory: '/i/raft' } as Instance

async function setup(capacityBytes: number) {
  const disk = new DiskSimulator({ random: new Prng('fatal') }, { capacityBytes })
  await disk.makeDirectory('/i/raft')
  const exits: number[] = []
  const exit = (code: number): void => void exits.push(code)
  const clock = new VirtualClock({ settle: async () => {} })
  return { disk, exits, stop: new FatalStop({ clock, disk, logger: nullLogger, exit }) }
}

test('R-14.1 the first reason is kept with its causes, and the process ends once', async () => {
  const { disk, exits, stop } = await setup(1e6)
  const root = new Error('No space left on device')
  const cause = new Error('the state has failed', { cause: root })
  const message = 'the store refused a write: the state has failed'
  const first = new CodedError('SCHED_STATE_WRITE_FAILED', message, { cause })
  const ends = [stop.end(first, instance), stop.end(new Error('a consequence'), instance)]
  await Promise.all(ends)
  expect(exits).toEqual([fatalExitCode])
  expect(await readFatal(disk, instance)).toMatchObject({
    code: 'SCHED_STATE_WRITE_FAILED',
    message: `${message}: No space left on device`,
  })
})

test('R-16.4 on a full disk the reserve of the log makes room for the reason', async () => {
  const { disk, exits, stop } = await setup(100_000)
  const reserve = await disk.open('/i/raft/reserve', 'create')
  await reserve.write(0, [new Uint8Array(100_000)])
  await reserve.sync()
  await stop.end(new CodedError('RAFT_LOG_WRITE_FAILED', 'the disk is full'), instance)
  expect(exits).toEqual([fatalExitCode])
  expect(await readFatal(disk, instance)).toMatchObject({ code: 'RAFT_LOG_WRITE_FAILED' })
})

test('a reason that cannot be written does not keep the process alive', async () => {
  const { exits, stop } = await setup(10)
  await stop.end(new Error('anything'), instance)
  expect(exits).toEqual([fatalExitCode])
})
