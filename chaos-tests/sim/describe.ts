// One readable line for every step of a run.
import { toHex } from '../../base/index.ts'
import type { Message } from '../../raft/index.ts'
import type { SimEvent } from './observation.ts'

/** A message in short. */
export function describeMessage(message: Message): string {
  const way = `${message.from}>${message.to} ${message.type} t${message.term}`
  switch (message.type) {
    case 'vote':
    case 'pre-vote':
      return `${way} last ${message.lastIndex}/t${message.lastTerm}${message.transfer ? ' transfer' : ''}`
    case 'vote-reply':
    case 'pre-vote-reply':
      return `${way} ${message.granted ? 'granted' : 'refused'}`
    case 'append': {
      const { prevIndex, prevTerm, entries, commit } = message
      return `${way} prev ${prevIndex}/t${prevTerm} +${entries.length} commit ${commit}`
    }
    case 'append-reply': {
      const { rejected, index, hintIndex, hintTerm } = message
      return rejected
        ? `${way} rejected ${index}, hint ${hintIndex}/t${hintTerm}`
        : `${way} ${index}`
    }
    case 'heartbeat':
      return `${way} commit ${message.commit} read ${message.readPosition}`
    case 'heartbeat-reply':
      return `${way} read ${message.readPosition}`
    case 'proposal':
    case 'read':
      return `${way} #${message.requestId}`
    case 'proposal-reply':
    case 'read-reply':
      return `${way} #${message.requestId} ${message.refusal ?? `index ${message.index}`}`
    case 'image-chunk': {
      const { imageId, seq, snapshot, data, isLast } = message
      const last = isLast ? ' last' : ''
      return `${way} #${imageId}.${seq} of ${snapshot.index}/t${snapshot.term} ${data.length} B${last}`
    }
    case 'image-reply':
      return `${way} #${message.imageId} next ${message.nextSeq} ${message.refusal ?? ''}`
    default:
      return way
  }
}

/** A step in short. */
export function describeEvent(event: SimEvent): string {
  switch (event.type) {
    case 'message-sent':
      return `  sent      ${describeMessage(event.message)}`
    case 'message-delivered':
      return `  delivered ${describeMessage(event.message)}`
    case 'client-op': {
      const { op, phase } = event
      const what = `${op.input.kind}${op.consistency === 'stale' ? ' (stale)' : ''} ${op.key}`
      return `client ${op.client} op-${op.id} at ${op.member}: ${what} ${JSON.stringify(phase)}`
    }
    case 'append-started':
    case 'appended-durable': {
      const { entries, hardState, sync } = event.group
      const range = entries.length === 0 ? '' : `${entries[0]!.index}…${entries.at(-1)!.index} `
      const state = `t${hardState.term} vote ${hardState.votedFor} commit ${hardState.commit}`
      return `${event.member}: ${event.type} ${range}${state}${sync ? '' : ' (no sync)'}`
    }
    case 'applied': {
      const { entry, digest, reports } = event
      const ends = reports.map(({ outcome }) => (outcome.ok ? 'ok' : outcome.reason)).join(' ')
      const shown = digest === undefined ? '' : ` digest ${toHex(digest).slice(0, 8)}`
      return `${event.member}: applied ${entry.index}/t${entry.term} ${entry.type} ${ends}${shown}`
    }
    case 'booted': {
      const { contents, appliedIndex, life } = event
      const { hardState, compacted, entries } = contents
      const log = `log ${compacted.index + 1}…${compacted.index + entries.length}`
      const state = `t${hardState.term} vote ${hardState.votedFor} commit ${hardState.commit}`
      return `${event.member}: booted, life ${life}: ${log} ${state}, state ${appliedIndex}`
    }
    case 'configuration': {
      const { id, voters, votersOutgoing, learners } = event.configuration
      const joint = votersOutgoing.length > 0 ? ` & ${votersOutgoing.join(',')}` : ''
      const list = `${voters.join(',')}${joint} learners ${learners.join(',')}`
      return `${event.member}: configuration ${id}: ${list}`
    }
    case 'image-installed':
      return `${event.member}: image installed ${event.mark.index}/t${event.mark.term}`
    default: {
      const { type, ...fields } = event
      const shown = JSON.stringify(fields)
      return `${'member' in event ? `${event.member}: ` : ''}${type} ${shown}`
    }
  }
}
