// Records a CPU profile of this process while something runs.
import { Session } from 'node:inspector/promises'
import { summarizeProfile } from './summary.ts'
import type { ProfileSummary } from './summary.ts'

/** Pause between two samples, µs. */
const samplingIntervalUs = 250

/** Runs `work` under the profiler. */
export async function recordProfile<Result>(
  work: () => Promise<Result>,
): Promise<{ readonly result: Result; readonly profile: ProfileSummary }> {
  const session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.setSamplingInterval', { interval: samplingIntervalUs })
  await session.post('Profiler.start')
  const result = await work()
  const { profile } = await session.post('Profiler.stop')
  session.disconnect()
  return { result, profile: summarizeProfile(profile) }
}
