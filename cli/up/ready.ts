// When a local cluster serves: a leader with everyone in reach, a manager that answers, and every
// dfdaemon among the live hosts.
import { CodedError } from '../../base/index.ts'
import type { ClusterOverview } from '../../client/index.ts'
import { SystemClock } from '../../runtime/index.ts'
import { readOverview } from '../status.ts'
import type { Children } from './children.ts'
import type { ClusterPlan } from './layout.ts'

/** A cluster that does not serve by then will not: something is wrong with the machine. */
const startDeadlineMs = 120_000

const pauseMs = 100

/** Resolves with the members once everything serves. @throws CONF_START_FAILED */
export async function waitUntilServing(
  plan: ClusterPlan,
  children: Children,
): Promise<ClusterOverview> {
  const clock = new SystemClock()
  const endMs = clock.nowMs() + startDeadlineMs
  const all = [...plan.schedulers, plan.manager, ...plan.peers]
  let missing = 'the schedulers'
  while (clock.nowMs() < endMs) {
    const dead = all.find(({ name }) => !children.isRunning(name))
    if (dead !== undefined) throw notStarted(`${dead.name} ended while the cluster was starting`)
    const overview = await readOverview(plan.schedulers.map(({ addr }) => addr))
    const isWhole =
      overview.isServing && plan.schedulers.every(({ addr }) => isListed(overview, addr))
    missing = isWhole ? await missingHost(plan) : 'a leader with every scheduler in reach'
    if (missing === '') return overview
    await clock.sleep(pauseMs)
  }
  throw notStarted(`still waiting for ${missing}`)
}

/** Members say where they serve when they open their session: until then nobody can name them. */
function isListed(overview: ClusterOverview, addr: string): boolean {
  return overview.members.some((member) => member.isReachable && member.addr === addr)
}

/** Names what does not serve yet; empty when everything does. */
async function missingHost(plan: ClusterPlan): Promise<string> {
  try {
    const response = await fetch(`${plan.manager.restUrl}/api/v1/peers?fresh=true`)
    if (!response.ok) return 'the manager'
    const hosts = (await response.json()) as { readonly host_name: string }[]
    const live = new Set(hosts.map(({ host_name }) => host_name))
    return plan.peers.find(({ name }) => !live.has(name))?.name ?? ''
  } catch {
    return 'the manager'
  }
}

function notStarted(message: string): CodedError {
  return new CodedError('CONF_START_FAILED', message)
}
