// How the leader asks other hosts who they are and how far they have come.
import { askProgress, probeMember } from '../../runtime/grpc-raft-transport.ts'
import type { TransportSecurity } from '../../runtime/grpc-tls.ts'
import { joinAskMs } from './join-limits.ts'
import type { MemberDialer } from './join-ports.ts'

export interface DialerOptions {
  /** Who asks: 32 lower-case hex characters each. */
  readonly clusterId: string
  readonly incarnation: string
  readonly security: TransportSecurity
}

/** Asks over the replication port. */
export function createMemberDialer(options: DialerOptions): MemberDialer {
  const { clusterId, security } = options
  const ask = (address: string, hostId: string) => {
    const { credentials, options: channelOptions } = security.connect(address, [hostId])
    return { timeoutMs: joinAskMs, credentials, channelOptions }
  }
  return {
    async probe({ hostId, raftAddress }) {
      const request = { addresses: [], fromIncarnation: options.incarnation }
      const outcome = await probeMember(raftAddress, request, ask(raftAddress, hostId))
      return outcome.ok ? outcome.reply : undefined
    },
    async progress({ replicaId, incarnation, hostId, raftAddress }) {
      const request = { clusterId, replicaId, incarnation }
      const outcome = await askProgress(raftAddress, request, ask(raftAddress, hostId))
      return outcome.ok ? outcome.reply : undefined
    },
  }
}
