// What a member has to prove itself with, by its flags.
import { readSecretFile } from '../../runtime/index.ts'
import { loadClusterKey } from '../rpc/host-proof.ts'
import type { ClusterKey } from '../rpc/host-proof.ts'

export interface JoinFlags {
  readonly joinToken: string
  readonly clusterKeyFile: string
  readonly tlsCertFile: string
}

export interface JoinCredentials {
  /** `dfj1.…`; '' = none. */
  readonly joinToken: string
  readonly clusterKey: ClusterKey | undefined
  /** One of these, or a certificate, is there. */
  readonly canJoin: boolean
}

/**
 * Reads what the flags name; a token may be `@FILE`, so that no list of processes shows it.
 * @throws CONF_FILE_UNREADABLE, SCHED_SECRET_EXPOSED, SCHED_SECRET_INVALID
 */
export async function joinCredentials(flags: JoinFlags): Promise<JoinCredentials> {
  const { joinToken: given, clusterKeyFile, tlsCertFile } = flags
  const joinToken = given.startsWith('@') ? (await readSecretFile(given.slice(1))).text : given
  const clusterKey = clusterKeyFile === '' ? undefined : await loadClusterKey(clusterKeyFile)
  const canJoin = joinToken !== '' || clusterKey !== undefined || tlsCertFile !== ''
  return { joinToken, clusterKey, canJoin }
}
