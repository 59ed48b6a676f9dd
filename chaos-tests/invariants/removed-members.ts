// paper 6: a replica that has applied its removal stands for no election
// and leads no new term; a removed id never comes back as a member.
import { require } from './require.ts'
import type { Configuration } from '../../raft/index.ts'
import type { Observer } from '../sim/observation.ts'

const name = 'removed-members'

function members(configuration: Configuration): Set<number> {
  const { voters, votersOutgoing, learners } = configuration
  return new Set([...voters, ...votersOutgoing, ...learners])
}

export function removedMembers(): Observer {
  /** Ids that some applied configuration was without, after another had had them. */
  const removedAt = new Map<number, number>()
  /** Members that know it themselves. */
  const knows = new Set<number>()
  let newest: Configuration | undefined

  const learn = (configuration: Configuration): void => {
    if (newest !== undefined && configuration.id <= newest.id) return
    const now = members(configuration)
    for (const id of newest === undefined ? [] : members(newest)) {
      if (!now.has(id)) removedAt.set(id, configuration.id)
    }
    for (const id of now) {
      const at = removedAt.get(id)
      require(at === undefined, name, () =>
        `${id} was removed by configuration ${at} and is back in ${configuration.id}`)
    }
    newest = configuration
  }

  return {
    name,
    section: 'paper 6, R-11.5, R-11.9',
    types: ['configuration', 'message-sent', 'leader-elected', 'booted'],
    on(event) {
      switch (event.type) {
        case 'configuration': {
          const { member, configuration } = event
          learn(configuration)
          const isOut = member <= configuration.highestId && !members(configuration).has(member)
          if (isOut) knows.add(member)
          break
        }
        case 'booted':
          knows.delete(event.member)
          break
        case 'message-sent': {
          const { from, type } = event.message
          // A pre-vote changes nothing and tells it who else knows.
          if (type !== 'vote') break
          require(!knows.has(from), name, () => `${from} was removed, knows it and sends ${type}`)
          break
        }
        case 'leader-elected':
          require(!knows.has(event.member), name, () =>
            `${event.member} was removed, knows it and leads term ${event.term}`)
          break
        default:
          break
      }
    },
  }
}
