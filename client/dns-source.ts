// Members behind one name of the DNS, such as a headless service: every address it has is one.
import { lookup as systemLookup } from 'node:dns/promises'
import { hostOf } from '../runtime/grpc-tls.ts'
import { joinAddress } from './member-list.ts'
import type { MemberSource } from './member-source.ts'

/** All IP addresses of a name; rejects when it has none. */
export type Lookup = (name: string) => Promise<readonly string[]>

/** Asks the system's resolver, /etc/hosts included; the order is the resolver's. */
const lookupAll: Lookup = async (name) => {
  const found = await systemLookup(name, { all: true, order: 'verbatim' })
  return found.map(({ address }) => address)
}

/** The members at `target`, name:port. */
export function dnsSource(deps: { readonly lookup?: Lookup }, target: string): MemberSource {
  const { lookup = lookupAll } = deps
  const name = hostOf(target)
  const port = Number(target.slice(target.lastIndexOf(':') + 1))
  return {
    text: `dns:///${target}`,
    known: [],
    serverNames: [name],
    // The system's resolver cannot be interrupted: whoever gives up no longer hears its answer.
    resolve: async () => (await lookup(name)).map((ip) => joinAddress(ip, port)),
  }
}
