// Who may say what on a stream, when replicas show certificates: the certificate of one host does
// not speak for another, and those of clients and operators speak for nobody.
import { hostOf } from './grpc-tls.ts'
import type { PeerIdentity } from './tls-certificate.ts'

/** How a member is known: either name in a certificate will do. */
export interface SpeakerName {
  /** host:port of its replication service. */
  readonly address: string
  /** @default its address alone */
  readonly hostId?: string
}

/** Names that the certificate of `member` may carry instead of its address. */
export function certificateNames({ hostId }: SpeakerName): readonly string[] {
  return hostId === undefined || hostId === '' ? [] : [hostId]
}

/** Answers for one stream that somebody else has opened. */
export class Speaker {
  readonly #identity: PeerIdentity | undefined
  readonly #isSecure: boolean
  /** Whose certificate it is, as compared last. */
  #known: SpeakerName | undefined

  /** Without security everybody may say everything. */
  constructor(identity: PeerIdentity | undefined, options: { readonly isSecure: boolean }) {
    this.#identity = identity
    this.#isSecure = options.isSecure
  }

  /** Whether it may speak at all: for one of `members`, or for a newer one. */
  isReplica(members: Iterable<SpeakerName>): boolean {
    if (this.maySpeakFor(undefined)) return true
    for (const member of members) if (this.maySpeakFor(member)) return true
    return false
  }

  /** Whether it may speak for `member`; undefined: for a replica that there is no row of. */
  maySpeakFor(member: SpeakerName | undefined): boolean {
    if (!this.#isSecure || (member !== undefined && member === this.#known)) return true
    const identity = this.#identity
    // A member serves ports of its own; a client on its machine may have the very names it has.
    if (identity === undefined || !identity.isForServers) return false
    if (member === undefined) return true
    const names = [...certificateNames(member), hostOf(member.address)]
    const isNamed = names.some((name) => identity.names(name))
    if (isNamed) this.#known = member
    return isNamed
  }
}
