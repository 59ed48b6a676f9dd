// Ids of API v1 that peers make themselves.
import { toHex } from '../../base/index.ts'
import type { Random } from '../../base/index.ts'

/** Host id of a peer: `<ip>-<hostname>`, for seed peers with `-seed` behind. */
export function hostIdOf(host: {
  readonly ip: string
  readonly hostname: string
  readonly isSeed: boolean
}): string {
  return `${host.ip}-${host.hostname}${host.isSeed ? '-seed' : ''}`
}

/** A fresh peer id: `<ip>-<process id>-<uuid>`, for seed peers with `_Seed` behind. */
export function newPeerId(
  random: Random,
  host: { readonly ip: string; readonly processId: number; readonly isSeed: boolean },
): string {
  return `${host.ip}-${host.processId}-${newUuid(random)}${host.isSeed ? '_Seed' : ''}`
}

/** A random (version 4) UUID. */
export function newUuid(random: Random): string {
  const bytes = random.bytes(16)
  bytes[6] = (bytes[6]! & 0x0f) | 0x40
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  const hex = toHex(bytes)
  const parts = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20)]
  return `${parts.join('-')}-${hex.slice(20)}`
}

/** Characters of a task id: SHA-256, and SHA-512 for the blob digests that serve as ids. */
const taskIdLengths: readonly number[] = [64, 128]

/** Tells whether `text` is a task id: lower-case hex. Only such ids become part of a path. */
export function isTaskId(text: string): boolean {
  if (!taskIdLengths.includes(text.length)) return false
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i)
    const isHex = (code >= 48 && code <= 57) || (code >= 97 && code <= 102)
    if (!isHex) return false
  }
  return true
}
