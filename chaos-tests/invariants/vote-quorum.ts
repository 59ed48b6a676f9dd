// Paper 5.2 and 6, R-9.3: whoever leads a term was voted for by a majority of the voters, in a
// joint configuration by a majority of each half. Learners and strangers answer, and are not
// counted.
import { describeConfiguration, isQuorum } from './ghost/quorum.ts'
import { require } from './require.ts'
import type { Observer } from '../sim/observation.ts'

const name = 'vote-quorum'
/** Votes of terms this far behind the newest are forgotten. */
const termsKept = 64

export function voteQuorum(): Observer {
  /** Who granted a vote to whom, by term. */
  const votes = new Map<number, Map<number, number>>()
  return {
    name,
    section: 'paper 5.2, 6',
    types: ['message-sent', 'leader-elected'],
    on(event, world) {
      if (event.type === 'message-sent') {
        const { message } = event
        if (message.type !== 'vote-reply' || !message.granted) return
        let inTerm = votes.get(message.term)
        if (inTerm === undefined) {
          inTerm = new Map()
          votes.set(message.term, inTerm)
          votes.delete(message.term - termsKept)
        }
        inTerm.set(message.from, message.to)
        return
      }
      if (event.type !== 'leader-elected') return
      const { member, term } = event
      const configuration = world.member(member).status()?.configuration
      if (configuration === undefined) return
      const granted = votes.get(term)
      const has = (id: number): boolean => id === member || granted?.get(id) === member
      require(isQuorum(configuration, has), name, () => {
        const voters = [...(granted ?? [])].flatMap(([id, to]) => (to === member ? [id] : []))
        const all = [member, ...voters].join(',')
        const where = describeConfiguration(configuration)
        return `${member} leads term ${term} with the votes of ${all} in ${where}`
      })
    },
  }
}
