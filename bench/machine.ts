// The machine a figure belongs to.
import { cpus, loadavg, release, totalmem } from 'node:os'
import { statfsSync } from 'node:fs'

export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryGiB: number
  readonly kernel: string
  readonly node: string
  /** Processes that wanted to run in the last minute, before the benchmark. */
  readonly load: number
  /** fdatasync does something on the file system of the data. */
  readonly isDiskReal: boolean
}

/** As statfs(2) names them: tmpfs and ramfs. */
const memoryFileSystems: readonly number[] = [0x0102_1994, 0x8584_58f6]

export function describeMachine(directory: string): Machine {
  const all = cpus()
  return {
    cpu: all[0]?.model ?? 'unknown',
    cores: all.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
    load: loadavg()[0] ?? Number.NaN,
    isDiskReal: !memoryFileSystems.includes(statfsSync(directory).type),
  }
}
