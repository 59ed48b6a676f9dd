// CPU time of processes that do not tell it themselves.
import { readFileSync } from 'node:fs'

/** Length of a clock tick of /proc on Linux, ms. */
const tickMs = 10

/** CPU that all threads of a process have used since it started, ms; NaN without /proc. */
export function cpuMsOf(pid: number): number {
  try {
    return cpuMsIn(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return Number.NaN
  }
}

/** The same from the text of /proc/PID/stat: user and system time are its fields 14 and 15. */
export function cpuMsIn(stat: string): number {
  // The name of the program, field 2, may hold anything, spaces and brackets included.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * tickMs
}
