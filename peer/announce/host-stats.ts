// How busy this machine is, from what the operating system hands out for free.
import { statfs } from 'node:fs/promises'
import {
  arch,
  cpus,
  freemem,
  platform,
  release,
  totalmem,
  type as systemType,
  version,
} from 'node:os'
import { memoryUsage } from 'node:process'
import type { commonV2 } from '../../proto/index.ts'

/** The statistics part of an announced host. */
export type HostStats = Pick<
  commonV2.Host,
  | 'os'
  | 'platform'
  | 'platformFamily'
  | 'platformVersion'
  | 'kernelVersion'
  | 'cpu'
  | 'memory'
  | 'disk'
>

/** Reads the statistics; called once an announcement. */
export type ReadHostStats = () => Promise<HostStats>

/** Statistics of this machine; percentages are over the time since the previous call. */
export function machineStats(dataDir: string): ReadHostStats {
  let previous = cpuTimes()
  return async () => {
    const current = cpuTimes()
    const cpu = cpuShare(previous, current)
    previous = current
    return {
      os: platform(),
      platform: `${platform()}/${arch()}`,
      platformFamily: systemType(),
      platformVersion: version().slice(0, 128),
      kernelVersion: release(),
      cpu,
      memory: memoryShare(),
      disk: await diskShare(dataDir),
    }
  }
}

interface CpuTimes {
  readonly count: number
  readonly user: number
  readonly nice: number
  readonly system: number
  readonly idle: number
  readonly irq: number
}

function cpuTimes(): CpuTimes {
  const all = cpus()
  const sum = (pick: (cpu: (typeof all)[number]) => number): number =>
    all.reduce((total, cpu) => total + pick(cpu), 0) / 1000
  return {
    count: all.length,
    user: sum((cpu) => cpu.times.user),
    nice: sum((cpu) => cpu.times.nice),
    system: sum((cpu) => cpu.times.sys),
    idle: sum((cpu) => cpu.times.idle),
    irq: sum((cpu) => cpu.times.irq),
  }
}

function cpuShare(before: CpuTimes, now: CpuTimes): commonV2.CPU {
  const busyOf = (times: CpuTimes): number => times.user + times.nice + times.system + times.irq
  const busy = busyOf(now) - busyOf(before)
  const total = busy + now.idle - before.idle
  return {
    logicalCount: now.count,
    physicalCount: now.count,
    percent: percent(busy, total),
    times: { user: now.user, nice: now.nice, system: now.system, idle: now.idle, irq: now.irq },
  }
}

function memoryShare(): commonV2.Memory {
  const total = totalmem()
  const free = freemem()
  return {
    total,
    available: free,
    used: total - free,
    usedPercent: percent(total - free, total),
    processUsedPercent: percent(memoryUsage.rss(), total),
    free,
  }
}

async function diskShare(path: string): Promise<commonV2.Disk | null> {
  try {
    const found = await statfs(path)
    const total = found.blocks * found.bsize
    const free = found.bavail * found.bsize
    const used = (found.blocks - found.bfree) * found.bsize
    const inodesUsed = found.files - found.ffree
    return {
      total,
      free,
      used,
      usedPercent: percent(used, total),
      inodesTotal: found.files,
      inodesUsed,
      inodesFree: found.ffree,
      inodesUsedPercent: percent(inodesUsed, found.files),
    }
  } catch {
    // Statistics are a courtesy: a host without them is announced all the same.
    return null
  }
}

function percent(part: number, whole: number): number {
  return whole <= 0 ? 0 : Math.min(Math.max((part / whole) * 100, 0), 100)
}
