// Where the addresses of schedulers come from, and how people write that down. Every daemon and
// tool takes the same forms: host:port, dns:///name:port, manager://host:port.
import type { CancelSignal, Clock } from '../base/index.ts'
import { UsageError } from '../runtime/index.ts'
import { dnsSource } from './dns-source.ts'
import type { Lookup } from './dns-source.ts'
import { managerSource } from './manager-source.ts'
import type { Asker } from './manager-source.ts'
import { isAddress } from './member-list.ts'

/** Something that names schedulers. */
export interface MemberSource {
  /** For people, in logs and errors. */
  readonly text: string
  /** host:port of those that are known without asking anybody. */
  readonly known: readonly string[]
  /**
   * Asks for host:port of those there are now; absent when that never changes. Rejects when nobody
   * can tell; then what was found last stays. Given up by `signal` after `clientResolveMsMax`.
   */
  readonly resolve?: (signal: CancelSignal) => Promise<readonly string[]>
  /** With TLS: names that certificates of these members may carry besides that of their host. */
  readonly serverNames?: readonly string[]
}

export interface MemberSourceDeps {
  readonly clock: Clock
  /** @default the system's resolver */
  readonly lookup?: Lookup
}

/**
 * The sources behind what a user wrote. Several managers are one source: the first that answers
 * speaks for all. @throws CONF_ADDRESS
 */
export function parseMemberSources(
  deps: MemberSourceDeps,
  texts: readonly (string | MemberSource)[],
  asker?: Asker,
): readonly MemberSource[] {
  if (texts.length === 0) {
    throw new UsageError('CONF_ADDRESS', 'at least one scheduler address is needed')
  }
  const sources: MemberSource[] = []
  const managers: string[] = []
  for (const text of texts) {
    if (typeof text !== 'string') sources.push(text)
    else if (text.startsWith(managerPrefix)) managers.push(managerAddress(text))
    else if (text.startsWith(dnsPrefix)) sources.push(dnsSource(deps, dnsTarget(text)))
    else sources.push(staticSource(text))
  }
  if (managers.length > 0) sources.push(managerSource(deps, managers, asker))
  return sources
}

const managerPrefix = 'manager://'
const dnsPrefix = 'dns:'

function staticSource(text: string): MemberSource {
  if (isAddress(text)) return { text, known: [text] }
  const forms = 'host:port, dns:///name:port or manager://host:port'
  throw new UsageError('CONF_ADDRESS', `"${text}" is not ${forms}`)
}

function managerAddress(text: string): string {
  const address = text.slice(managerPrefix.length)
  if (isAddress(address)) return address
  throw new UsageError('CONF_ADDRESS', `"${text}" is not manager://host:port`)
}

/** name:port of `dns:name:port` and `dns:///name:port`; between the slashes nothing may stand. */
function dnsTarget(text: string): string {
  const rest = text.slice(dnsPrefix.length)
  const target = rest.startsWith('///') ? rest.slice(3) : rest
  if (isAddress(target)) return target
  const why = rest.startsWith('//') && !rest.startsWith('///') ? '; it names a DNS server' : ''
  throw new UsageError('CONF_ADDRESS', `"${text}" is not dns:///name:port${why}`)
}
