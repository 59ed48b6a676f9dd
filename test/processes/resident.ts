// What a process takes of the machine's memory, as the kernel sees it.
import { readFileSync } from 'node:fs'

/** Bytes of a line of /proc/PID/status: `VmRSS` now, `VmHWM` at most since the last reset. */
export function statusBytes(pid: number, name: 'VmHWM' | 'VmRSS'): number {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1]) * 1024
}
