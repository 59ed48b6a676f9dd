// Which member to ask next. Knows the addresses, who is said to lead, and who failed just now.
import {
  clientAddressLengthMax,
  clientCooldownMs,
  clientCooldownMsMax,
  clientMembersMax,
} from './limits.ts'

/** The schedulers a client knows. Pure; times come in. */
export class MemberList {
  /** As configured or found out; without those that only hints have named. */
  #listed: readonly string[]
  #addresses: readonly string[]
  #leader: string | undefined
  #term = 0
  #next = 0
  readonly #failures = new Map<string, { readonly count: number; readonly untilMs: number }>()

  constructor(addresses: readonly string[]) {
    this.#listed = accepted(addresses)
    this.#addresses = this.#listed
  }

  get addresses(): readonly string[] {
    return this.#addresses
  }

  /** Those that were set, without one that only hints have named. */
  get listed(): readonly string[] {
    return this.#listed
  }

  /** The leader's address as last heard; undefined when unknown. */
  get leader(): string | undefined {
    return this.#leader
  }

  /**
   * Replaces the list; an empty one (or one without a usable address) changes nothing. A leader
   * that was listed and is not any more is forgotten; one that only hints have named stays.
   */
  setAddresses(addresses: readonly string[]): void {
    const next = accepted(addresses)
    if (next.length === 0) return
    const leader = this.#leader
    const isKept = leader !== undefined && (next.includes(leader) || !this.#listed.includes(leader))
    this.#leader = isKept ? leader : undefined
    this.#listed = next
    this.#addresses = isKept ? [...new Set([...next, leader])] : next
    for (const address of this.#failures.keys()) {
      if (!this.#addresses.includes(address)) this.#failures.delete(address)
    }
  }

  /**
   * Takes a leader hint of a reply; hints of older terms and malformed ones are ignored. True when
   * it named a member that was not known.
   */
  learn(leader: string, term: number): boolean {
    if (!Number.isSafeInteger(term) || term < this.#term) return false
    const isNewTerm = term > this.#term
    if (leader === '') {
      // A member that does not know its leader says nothing about the leader others know.
      if (isNewTerm) this.#leader = undefined
      this.#term = term
      return false
    }
    if (!isAddress(leader)) return false
    const isNew = !this.#addresses.includes(leader)
    if (isNew) {
      if (this.#addresses.length >= clientMembersMax) return false
      this.#addresses = [...this.#addresses, leader]
    }
    this.#term = term
    this.#leader = leader
    return isNew
  }

  /** Notes that a member did not answer; a leader that does not answer is no leader for us. */
  failed(address: string, nowMs: number): void {
    const count = (this.#failures.get(address)?.count ?? 0) + 1
    const cooldownMs = clientCooldownMs * 2 ** Math.min(count - 1, 16)
    this.#cool(address, count, nowMs + Math.min(cooldownMs, clientCooldownMsMax))
  }

  /** Notes that a member serves nobody because an operator wants that: asked last for long. */
  withdrew(address: string, nowMs: number): void {
    this.#cool(address, 1, nowMs + clientCooldownMsMax)
  }

  #cool(address: string, count: number, untilMs: number): void {
    this.#failures.set(address, { count, untilMs })
    if (this.#leader === address) this.#leader = undefined
  }

  /** Notes that a member answered. */
  answered(address: string): void {
    this.#failures.delete(address)
  }

  /** Forgets the term, so that a cluster that was built anew is believed again. */
  forgetTerm(): void {
    this.#term = 0
  }

  /**
   * The member for a call: the leader, else the next in turn, those in `tried` never and those that
   * failed a moment ago last, the leader among them: members may name a leader that is dead or that
   * cannot be reached from here. Undefined when all were tried.
   */
  choose(tried: ReadonlySet<string>, nowMs: number): string | undefined {
    const leader = this.#leader
    if (leader !== undefined && !tried.has(leader) && !this.#isCooling(leader, nowMs)) return leader
    const untried = this.#addresses.filter((address) => !tried.has(address))
    if (untried.length === 0) return undefined
    const calm = untried.filter((address) => !this.#isCooling(address, nowMs))
    const choices = calm.length > 0 ? calm : untried
    const choice = choices[this.#next % choices.length]
    this.#next = (this.#next + 1) % Number.MAX_SAFE_INTEGER
    return choice
  }

  /** A member for a long stream: the same for a key while it is healthy, spread over all keys. */
  chooseFor(key: string, nowMs: number): string | undefined {
    const calm = this.#addresses.filter((address) => !this.#isCooling(address, nowMs))
    let best: string | undefined
    let bestWeight = -1
    for (const address of calm.length > 0 ? calm : this.#addresses) {
      const weight = hash(`${key}\n${address}`)
      if (weight > bestWeight) [best, bestWeight] = [address, weight]
    }
    return best
  }

  #isCooling(address: string, nowMs: number): boolean {
    const failure = this.#failures.get(address)
    return failure !== undefined && nowMs < failure.untilMs
  }
}

/** `ip:port`, with brackets around an IPv6 address. */
export function joinAddress(ip: string, port: number): string {
  return ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`
}

/** Whether a text is host:port with a port a socket can have. */
export function isAddress(text: string): boolean {
  if (text.length > clientAddressLengthMax) return false
  const match = /^(?:\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+):(\d{1,5})$/.exec(text)
  const port = Number(match?.[1] ?? 0)
  return port >= 1 && port <= 65_535
}

function accepted(addresses: readonly string[]): readonly string[] {
  return [...new Set(addresses.filter(isAddress))].slice(0, clientMembersMax)
}

/** FNV-1a with a final mix: spreads keys, nothing rests on its secrecy. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (let i = 0; i < text.length; i += 1) {
    value = Math.imul(value ^ text.charCodeAt(i), 0x01000193)
  }
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  return (value ^ (value >>> 13)) >>> 0
}
