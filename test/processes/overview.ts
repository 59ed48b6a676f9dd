// What `damselfly status` shows, without a process of its own for each look.
import { nullLogger } from '../../base/index.ts'
import { ClusterClient, emptyOverview } from '../../client/index.ts'
import type { ClusterOverview } from '../../client/index.ts'
import { SystemClock, systemRandom } from '../../runtime/index.ts'

/** Longest one look at the members takes. */
const lookMsMax = 5000

/** Asks these members of the cluster. */
export async function overviewOf(addresses: readonly string[]): Promise<ClusterOverview> {
  if (addresses.length === 0) return emptyOverview
  const deps = { clock: new SystemClock(), random: systemRandom().random, logger: nullLogger }
  const client = new ClusterClient(deps, { addresses, deadlineMs: lookMsMax })
  try {
    return await client.overview()
  } finally {
    client.close()
  }
}
