// Loaded into a scheduler's process before the program itself: tells the benchmark what the process
// uses. The scheduler is the product's own, with its own command line.
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { recordProfile } from '../profile/recorder.ts'
import type { ProfileSummary } from '../profile/summary.ts'
import { serve } from '../worker-port.ts'

/** What a member's process holds. */
export interface MemberMemory {
  /** What JavaScript objects take, right after a collection. */
  readonly heapBytes: number
  /** Array buffers and the like, outside of that heap. */
  readonly externalBytes: number
  readonly residentBytes: number
}

/** What the probe answers. */
export interface ProbeAnswers {
  memory(): MemberMemory
  cpuMs(): number
  profile(details: { readonly forMs: number }): Promise<ProfileSummary>
}

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

const answers: ProbeAnswers & Record<string, (details: never) => unknown> = {
  memory: () => {
    collect()
    const { heapUsed, external, rss } = process.memoryUsage()
    return { heapBytes: heapUsed, externalBytes: external, residentBytes: rss }
  },
  cpuMs: () => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1000
  },
  profile: async ({ forMs }) => (await recordProfile(() => sleep(forMs))).profile,
}

serve(answers)
