// what is dead, has failed or has no identity says nothing. A directory keeps the
// identity it was given, and no two members share an incarnation.
import { require } from './require.ts'
import type { Observer } from '../sim/observation.ts'

const name = 'silence'

export function silence(): Observer {
  const alive = new Set<number>()
  const incarnations = new Map<number, string>()
  const owners = new Map<string, number>()
  let clusterId: string | undefined
  return {
    name,
    section: 'R-14.1, R-15.1',
    types: ['booted', 'crashed', 'fatal', 'message-sent', 'append-started'],
    on(event) {
      switch (event.type) {
        case 'booted': {
          const { member, incarnation } = event
          require(!alive.has(member), name, () => `${member} lives twice`)
          const before = incarnations.get(member)
          require(before === undefined || before === incarnation, name, () =>
            `${member} comes back as ${incarnation}, it was ${before}`)
          const owner = owners.get(incarnation)
          require(owner === undefined || owner === member, name, () =>
            `${owner} and ${member} share the incarnation ${incarnation}`)
          clusterId ??= event.clusterId
          require(clusterId === event.clusterId, name, () =>
            `${member} belongs to the cluster ${event.clusterId}, not ${clusterId}`)
          incarnations.set(member, incarnation)
          owners.set(incarnation, member)
          alive.add(member)
          break
        }
        case 'crashed':
        case 'fatal':
          alive.delete(event.member)
          break
        case 'message-sent': {
          const { from, type } = event.message
          require(alive.has(from), name, () => `${from} is not alive and sends ${type}`)
          break
        }
        case 'append-started':
          require(alive.has(event.member), name, () => `${event.member} writes while it is dead`)
          break
        default:
          break
      }
    },
  }
}
