// How a host shows that it may join: a join token, or for a host id the cluster knows a proof made
// with the cluster key. Both are checked here, outside the state, which keeps hashes only.
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { assert, CodedError, fromHex, utf8Encode } from '../../base/index.ts'
import { readSecretFile } from '../../runtime/index.ts'

/** Fewest bytes of a cluster key. */
export const clusterKeyBytesMin = 32

/** Bytes of a host proof and of every stored hash: SHA-256. */
export const proofBytes = 32

/** What a host proof is about; none of it can be exchanged for another request's. */
export interface HostProofSubject {
  /** 32 lower-case hex characters. */
  readonly clusterId: string
  readonly hostId: string
  /** host:port of the asker's replication service. */
  readonly raftAddress: string
  /** 32 lower-case hex characters each. */
  readonly incarnation: string
  readonly nonce: string
  /** Host id of the member it takes the place of; '' = its own. */
  readonly replaces: string
  /** Never to be promoted by itself. */
  readonly isLearner: boolean
}

/** The key all members of a cluster share, kept outside their data directories. */
export interface ClusterKey {
  readonly bytes: Uint8Array
}

/**
 * Reads `--cluster-key-file`: mode 0600 or stricter, at least `clusterKeyBytesMin` bytes without
 * the white space around them.
 * @throws CONF_FILE_UNREADABLE, SCHED_SECRET_EXPOSED, SCHED_SECRET_INVALID
 */
export async function loadClusterKey(path: string): Promise<ClusterKey> {
  const bytes = utf8Encode((await readSecretFile(path)).text)
  if (bytes.length < clusterKeyBytesMin) {
    const message = `${path}: a cluster key has at least ${clusterKeyBytesMin} bytes`
    throw new CodedError('SCHED_SECRET_INVALID', message)
  }
  return { bytes }
}

/** HMAC-SHA256 over `hostProofBytes`; what travels in JoinRequest.host_proof. */
export function signHostProof(key: ClusterKey, subject: HostProofSubject): Uint8Array {
  const hmac = createHmac('sha256', key.bytes).update(hostProofBytes(subject))
  return new Uint8Array(hmac.digest())
}

/** Whether `proof` was made with `key` for `subject`; takes as long for every wrong proof. */
export function verifyHostProof(
  key: ClusterKey,
  subject: HostProofSubject,
  proof: Uint8Array,
): boolean {
  return proof.length === proofBytes && timingSafeEqual(signHostProof(key, subject), proof)
}

const proofDomain = 'damselfly/host-proof/1'

/** What is signed: each field with its length in four bytes before it. Frozen. */
export function hostProofBytes(subject: HostProofSubject): Uint8Array {
  const { clusterId, hostId, raftAddress, incarnation, nonce, replaces } = subject
  const role = subject.isLearner ? 'learner' : 'voter'
  const fields = [proofDomain, clusterId, hostId, raftAddress, incarnation, nonce, replaces, role]
  return Buffer.concat(
    fields.flatMap((field) => {
      const bytes = utf8Encode(field)
      const length = Buffer.alloc(4)
      length.writeUInt32BE(bytes.length)
      return [length, bytes]
    }),
  )
}

/** The two halves of a join token. */
export interface JoinToken {
  /** 16 lower-case hex characters; known to the cluster. */
  readonly tokenId: string
  /** 32 lower-case hex characters; shown once, to whoever asked for the token. */
  readonly secret: string
}

const joinTokenForm = /^dfj1\.([0-9a-f]{16})\.([0-9a-f]{32})$/

/** A token as people carry it: `dfj1.<tokenId>.<secret>`. */
export function formatJoinToken({ tokenId, secret }: JoinToken): string {
  return `dfj1.${tokenId}.${secret}`
}

/** Reads a token; undefined when it has another form. */
export function parseJoinToken(text: string): JoinToken | undefined {
  const match = joinTokenForm.exec(text)
  return match === null ? undefined : { tokenId: match[1]!, secret: match[2]! }
}

/** What the state keeps of a token: SHA-256 of the bytes of its secret. */
export function hashJoinSecret(secret: string): Uint8Array {
  const bytes = fromHex(secret)
  assert(bytes !== undefined, 'the secret of a join token is hex')
  return hashSecret(bytes)
}

/** Whether a token's secret is the one whose hash is stored. */
export function isJoinSecret(secret: string, storedHash: Uint8Array): boolean {
  return isSameHash(hashJoinSecret(secret), storedHash)
}

/** SHA-256. */
export function hashSecret(secret: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha256').update(secret).digest())
}

/** Compares hashes; the time it takes says nothing about where they differ. */
export function isSameHash(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && timingSafeEqual(left, right)
}
