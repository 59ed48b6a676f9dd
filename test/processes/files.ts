// Files of random bytes and their digests.
import { createHash, randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'

const chunkBytes = 1024 * 1024

/** Writes a file of random bytes; resolves with its SHA-256. */
export async function writeRandomFile(path: string, sizeBytes: number): Promise<string> {
  const hash = createHash('sha256')
  const file = await open(path, 'w')
  for (let at = 0; at < sizeBytes; at += chunkBytes) {
    const chunk = randomBytes(Math.min(chunkBytes, sizeBytes - at))
    hash.update(chunk)
    await file.write(chunk)
  }
  await file.close()
  return hash.digest('hex')
}

/** SHA-256 of a file's bytes. */
export async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
  return hash.digest('hex')
}
