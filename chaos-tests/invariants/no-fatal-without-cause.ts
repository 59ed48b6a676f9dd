// a member stops itself, or refuses to start, only when an injected fault of its
// disk or identity justifies it. Whoever was removed may stop for that.
import { require } from './require.ts'
import type { Observer } from '../sim/observation.ts'

const name = 'no-fatal-without-cause'

export function noFatalWithoutCause(): Observer {
  return {
    name,
    section: 'R-14.1, R-16.1',
    types: ['fatal', 'boot-refused'],
    on(event) {
      if (event.type !== 'fatal' && event.type !== 'boot-refused') return
      const { member, code, injectedCause } = event
      require(injectedCause !== undefined, name, () =>
        `${member} ${event.type === 'fatal' ? 'stopped' : 'did not start'} with ${code}`)
    },
  }
}
