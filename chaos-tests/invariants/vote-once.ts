// Paper 5.2, R-1.1 to: a replica votes once in a term, whatever crashes come between, and its
// vote is on its disk before anybody hears of it (its own one before it leads).
import { require } from './require.ts'
import type { Ghost } from './ghost/ghost.ts'
import type { Observer } from '../sim/observation.ts'

const name = 'vote-once'

export function voteOnce(ghost: Ghost): Observer {
  /** The newest vote of each member that others heard of. */
  const votes = new Map<number, { readonly term: number; readonly to: number }>()
  const told = new Set<string>()
  const note = (member: number, term: number, to: number): void => {
    const known = votes.get(member)
    // A vote asked for twice is told twice, and the answers may have waited for a later write.
    const vote = `${member} ${term} ${to}`
    if (told.has(vote) && known !== undefined && known.term > term) return
    told.add(vote)
    require(known === undefined || known.term <= term, name, () =>
      `${member} votes in term ${term} after term ${known!.term}`)
    require(known?.term !== term || known.to === to, name, () =>
      `${member} votes for ${to} in term ${term}, and voted for ${known!.to}`)
    votes.set(member, { term, to })
    const { hardState } = ghost.logs.of(member).durable
    require(hardState.term > term ||
      (hardState.term === term && hardState.votedFor === to), name, () =>
      `the vote of ${member} for ${to} in term ${term} is told before it is on disk ` +
      `(term ${hardState.term}, voted for ${hardState.votedFor})`)
  }
  return {
    name,
    section: 'paper 5.2, R-1.1, R-1.2, R-1.3',
    types: ['message-sent', 'leader-elected'],
    on(event) {
      if (event.type === 'leader-elected') note(event.member, event.term, event.member)
      else if (event.type === 'message-sent') {
        const { message } = event
        if (message.type !== 'vote-reply' || !message.granted) return
        note(message.from, message.term, message.to)
      }
    },
  }
}
