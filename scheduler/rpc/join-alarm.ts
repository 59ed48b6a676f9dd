// What no member can do by itself, said aloud.
import type { Logger } from '../../base/index.ts'
import { memberOfHost } from '../replication/index.ts'
import type { GroupPort, StatePort } from './ports.ts'

export interface QuorumAlarmDeps {
  readonly raft: Pick<GroupPort, 'configuration'>
  readonly state: Pick<StatePort, 'reader'>
  readonly logger: Pick<Logger, 'error'>
}

/**
 * A group of two whose quorum needs the very voter that has lost its disk cannot admit it again,
 * and nothing but an operator can help. Says so once for each host.
 */
export function quorumAlarm({ raft, state, logger }: QuorumAlarmDeps): (hostId: string) => void {
  const said = new Set<string>()
  return (hostId) => {
    const { voters } = raft.configuration()
    const member = memberOfHost(state.reader, hostId)
    if (member === undefined || !voters.includes(member.replicaId) || said.has(hostId)) return
    const quorum = Math.floor(voters.length / 2) + 1
    if (voters.length - 1 >= quorum) return
    said.add(hostId)
    const fields = { hostId, replicaId: member.replicaId, voters: voters.length }
    logger.error(fields, 'needs operator: quorum lost while a voter without its disk asks to join')
  }
}
