// Runs the bootstrap guard until this member has an instance: probe, decide, persist, repeat.
import { unreachable } from '../base/index.ts'
import type { CancelSignal, Clock, Logger } from '../base/index.ts'
import type { LogGroup } from '../raft/index.ts'
import { planBootstrap } from './bootstrap.ts'
import type { BootstrapDecision, ClusterPlan, Probe } from './bootstrap.ts'
import type { DataDirectory } from './data-directory.ts'
import { StorageRefusedError } from './errors.ts'
import type { CreateState, Instance } from './instance.ts'

export interface BootstrapDeps {
  readonly directory: DataDirectory
  readonly clock: Clock
  readonly logger: Logger
  readonly probe: Probe
  readonly createState: CreateState
  /** The group that begins the log, byte for byte the same on every initial member. */
  readonly firstGroup: (plan: ClusterPlan) => LogGroup
}

export interface BootstrapOptions {
  /** This member's own address, one of `addresses`. */
  readonly raftAddress: string
  readonly hostId: string
  /** All initial members, this one included. */
  readonly addresses: readonly string[]
  /** Pause between two rounds of probes. @default 100 */
  readonly retryMs?: number
  readonly signal?: CancelSignal
  /** Told whom the member waits for, when that changes. */
  readonly onWait?: (decision: BootstrapDecision & { readonly action: 'wait' }) => void
}

/**
 * Creates this member's instance together with all other initial members. The caller answers probes
 * with `directory.probeAnswer` all the while. Waits as long as a member does not answer; rejects
 * with `STORE_WIPED_MEMBER` or `STORE_MEMBERS_MISMATCH`, or with the signal's reason.
 */
export async function bootstrapInstance(
  deps: BootstrapDeps,
  options: BootstrapOptions,
): Promise<Instance> {
  const { directory, clock, probe, logger } = deps
  const { retryMs = 100, signal, onWait } = options
  let marker = await directory.startBootstrap(options)
  const others = marker.addresses.filter((address) => address !== marker.raftAddress)
  let waitedFor = ''
  for (;;) {
    const probed = others.map(async (address) => [address, await probe(address)] as const)
    const decision = planBootstrap(marker, new Map(await Promise.all(probed)))
    switch (decision.action) {
      case 'refuse': {
        const message = `cannot bootstrap: ${decision.address}: ${decision.message}`
        throw new StorageRefusedError(decision.code, message, directory.root)
      }
      case 'plan':
        marker = { ...marker, plan: decision.plan }
        await directory.writeMarker(marker)
        break
      case 'create': {
        const { identity, plan } = decision
        const firstGroup = deps.firstGroup(plan)
        logger.info({ clusterId: plan.clusterId, replicaId: identity.replicaId }, 'bootstrap')
        return directory.createInstance(identity, { firstGroup, createState: deps.createState })
      }
      case 'wait': {
        const { reason, addresses } = decision
        const state = `${reason} ${addresses.join(' ')}`
        if (state !== waitedFor) {
          logger.info({ reason, addresses }, 'waiting for initial members')
          onWait?.(decision)
        }
        waitedFor = state
        await clock.sleep(retryMs, signal)
        break
      }
      default:
        unreachable(decision)
    }
  }
}
