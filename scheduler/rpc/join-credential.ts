// What a host shows so that it may join. A host the cluster knows proves that it is that host: with
// the cluster key, or with a certificate that names it. Any other one, and any that cannot, needs a
// join token. A host keeps its command line, so a token that is used up does no harm beside a
// proof.
import { joinTokenTable, memberOfHost, tokenCredential, wasMember } from '../replication/index.ts'
import type { StateReader } from '../replication/index.ts'
import type { PeerIdentity } from '../../runtime/index.ts'
import { hashJoinSecret, isJoinSecret, parseJoinToken, verifyHostProof } from './host-proof.ts'
import type { ClusterKey } from './host-proof.ts'
import type { JoinAsk } from './join-request.ts'
import { operatorUnit } from './operator-gate.ts'

/** What may be proposed, or why not. */
export type ShownCredential =
  | {
      readonly ok: true
      readonly credential: string
      /** SHA-256 of a token's secret, else empty. */
      readonly secretHash: Uint8Array
    }
  | {
      readonly ok: false
      readonly code: 'SCHED_JOIN_UNPROVEN' | 'SCHED_JOIN_TOKEN_INVALID'
      readonly text: string
      /** Something was shown that is not right, rather than nothing. */
      readonly isWrong: boolean
    }

/** Looks at what was shown. Expiry, uses and blocks are for the state to judge. */
export function credentialOf(
  reader: StateReader,
  shown: { readonly ask: JoinAsk; readonly identity: PeerIdentity | undefined },
  options: { readonly clusterId: string; readonly clusterKey?: ClusterKey },
): ShownCredential {
  const { ask, identity } = shown
  const { hostId } = ask
  const isKnown = memberOfHost(reader, hostId) !== undefined || wasMember(reader, hostId)
  if (isKnown) {
    if (isProven(ask, options)) return good('cluster-key')
    if (identity !== undefined && namesHost(identity, hostId)) {
      return good(`certificate:${identity.commonName}`)
    }
  }
  if (ask.joinToken !== '') return tokenShown(reader, ask.joinToken)
  const isWrong = isKnown && ask.hostProof.length > 0 && options.clusterKey !== undefined
  return { ok: false, code: 'SCHED_JOIN_UNPROVEN', text: unprovenText(isKnown, ask), isWrong }
}

function unprovenText(isKnown: boolean, { hostProof }: JoinAsk): string {
  if (!isKnown) return 'the cluster does not know this host: it takes a join token'
  return hostProof.length > 0
    ? 'the proof of this host is not valid: it has another cluster key, or this member has none'
    : 'a known host shows the cluster key, a certificate that names it, or a join token'
}

function good(credential: string): ShownCredential {
  return { ok: true, credential, secretHash: new Uint8Array(0) }
}

function isProven(
  { hostId, raftAddress, incarnation, nonce, replaces, isLearner, hostProof }: JoinAsk,
  { clusterId, clusterKey }: { readonly clusterId: string; readonly clusterKey?: ClusterKey },
): boolean {
  if (clusterKey === undefined || hostProof.length === 0) return false
  const subject = { clusterId, hostId, raftAddress, incarnation, nonce, replaces, isLearner }
  return verifyHostProof(clusterKey, subject, hostProof)
}

/** Certificates of people and of clients name no host, whatever they are called. */
function namesHost(identity: PeerIdentity, hostId: string): boolean {
  if (!identity.isForServers || identity.organizationalUnits.includes(operatorUnit)) return false
  // A host id that nobody chose is host:port.
  const host = hostId.replace(/:\d+$/, '').replace(/^\[|\]$/g, '')
  return identity.names(hostId) || identity.names(host)
}

function tokenShown(reader: StateReader, joinToken: string): ShownCredential {
  const token = parseJoinToken(joinToken)
  const row = token === undefined ? undefined : reader.get(joinTokenTable, token.tokenId)
  if (token === undefined || row === undefined || !isJoinSecret(token.secret, row.secretHash)) {
    const text = 'the join token is not valid'
    return { ok: false, code: 'SCHED_JOIN_TOKEN_INVALID', text, isWrong: true }
  }
  const secretHash = hashJoinSecret(token.secret)
  return { ok: true, credential: tokenCredential(token.tokenId), secretHash }
}
