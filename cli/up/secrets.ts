// The secrets of a local cluster, made once: what its schedulers prove themselves with, and what
// its operator shows. They lie beside the data directories, so that a scheduler that loses its own
// can still come back.
import { chmodSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { randomSecret, writeSecretFile } from '../../runtime/index.ts'
import type { SecretPaths } from './layout.ts'

/** Makes the secrets that are missing, 0600 in a folder 0700. @throws CONF_FILE_UNREADABLE */
export async function makeSecrets({ clusterKey, operatorToken }: SecretPaths): Promise<void> {
  for (const path of [clusterKey, operatorToken]) {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    chmodSync(dirname(path), 0o700)
    await writeSecretFile(path, randomSecret())
  }
}
