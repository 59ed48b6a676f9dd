// Directories that were moved aside: `quarantine/<clusterId>-<replicaId>-<wall ms>/`, with a sealed
// file that says why. Nothing is ever started from them; they tell a member whom to ask for
// admission, and they go when nobody can need them any more. docs/boot.md has the policy.
import type { Disk } from '../base/index.ts'
import { directoryFormat } from './instance-format.ts'
import {
  quarantineFreeBytesMin,
  quarantinedMax,
  quarantineFreePercentMin,
  quarantineMessageLengthMax,
} from './limits.ts'
import { isId, isText } from './sealed-json.ts'
import type { JsonObject } from './sealed-json.ts'
import { readSealedFile, writeSealedFile } from './sealed-file.ts'

export const quarantineName = 'QUARANTINE.json'

/** Why a directory was moved aside. */
export interface QuarantineReason {
  /** The code of the damage, or `removed`, or what a command says. */
  readonly code: string
  readonly message: string
  /** Wall clock of the process, for people and for the time it is kept. */
  readonly atWallMs: number
}

/** A directory in quarantine. */
export interface Quarantined {
  readonly name: string
  readonly path: string
  /** Of its name; undefined when somebody else put it there: such a one is never removed. */
  readonly clusterId: string | undefined
  readonly replica: string
  /** When it was moved, of its name; 0 = not known. */
  readonly movedMs: number
  /** Undefined when the file is missing or damaged. */
  readonly reason: QuarantineReason | undefined
}

/** Codes of directories that do not ask to join their cluster again: it is given up. */
export const abandonedCodes: readonly string[] = ['recover']

/** Codes of directories that the cluster has gone on without: others have all they hold. */
const supersededCodes: readonly string[] = ['removed']

/** `<clusterId>-<replica>-<wall ms>`. */
export function quarantinedName(
  place: { readonly clusterId: string; readonly replica: string },
  atWallMs: number,
): string {
  return `${place.clusterId}-${place.replica}-${Math.trunc(atWallMs).toString().padStart(13, '0')}`
}

/** Cluster and replica of a name that `quarantinedName` made; undefined for any other. */
export function parseQuarantinedName(
  name: string,
): { readonly clusterId: string; readonly replica: string; readonly movedMs: number } | undefined {
  const match = /^([0-9a-f]{32})-(.{1,64})-(\d{13,15})$/.exec(name)
  if (match === null || !isId(match[1])) return undefined
  const [, clusterId, replica, movedMs] = match
  return { clusterId, replica: replica!, movedMs: Number(movedMs) }
}

/** Leaves the reason in a directory, durably: from then on it is only moved, never started. */
export async function writeQuarantineReason(
  disk: Disk,
  directory: string,
  reason: QuarantineReason,
): Promise<void> {
  const { code, atWallMs } = reason
  const message = reason.message.slice(0, quarantineMessageLengthMax)
  const file = { directory, name: quarantineName, format: directoryFormat }
  await writeSealedFile(disk, file, quarantineFields({ code, message, atWallMs }))
}

/** The reason in a directory; undefined when there is none, or none that reads. */
export async function readQuarantineReason(
  disk: Disk,
  directory: string,
): Promise<QuarantineReason | undefined> {
  const file = { directory, name: quarantineName, format: directoryFormat }
  try {
    const fields = await readSealedFile(disk, file, 'STORE_IDENTITY_CORRUPT')
    return fields && quarantineReasonFrom(fields)
  } catch {
    // What is in quarantine may be damaged in any way; its reason is for people.
    return undefined
  }
}

/** A reason as it is stored. */
export function quarantineFields({ code, message, atWallMs }: QuarantineReason): JsonObject {
  return { code, message, atWallMs }
}

function quarantineReasonFrom(fields: JsonObject): QuarantineReason | undefined {
  const { code, message, atWallMs } = fields
  if (!isText(code) || typeof message !== 'string' || typeof atWallMs !== 'number') return undefined
  return { code, message, atWallMs }
}

/** What decides whether quarantined directories may go. */
export interface ReclaimFacts {
  /** This host is a voter of its cluster again. */
  readonly isVoter: boolean
  readonly wallMs: number
  readonly retentionMs: number
  readonly freeBytes: number
  /** Of the file system; 0 = not known. */
  readonly totalBytes: number
}

/**
 * Who goes, oldest first, of `quarantined` in that order. While this host is no voter again its
 * newest directory stays whatever the disk says, and so does every one that was damaged: one of
 * them may be all that is left. Short of room the rest goes one by one, as the caller measures
 * again; otherwise what is old enough goes once this host is a voter.
 */
export function planReclaim(
  quarantined: readonly Quarantined[],
  facts: ReclaimFacts,
): readonly Quarantined[] {
  const { isVoter, wallMs, retentionMs } = facts
  const ours = quarantined.filter(({ clusterId }) => clusterId !== undefined)
  const candidates = isVoter ? ours : ours.slice(0, -1).filter(isSuperseded)
  if (isShortOfRoom(facts)) return candidates.slice(0, 1)
  if (!isVoter) return []
  return candidates.filter(({ movedMs }) => wallMs - movedMs >= retentionMs)
}

function isSuperseded({ reason }: Quarantined): boolean {
  return reason !== undefined && supersededCodes.includes(reason.code)
}

/** Every directory in quarantine, the oldest first; those of others come before all. */
export async function listQuarantined(disk: Disk, folder: string): Promise<readonly Quarantined[]> {
  const names = (await disk.list(folder)).slice(0, quarantinedMax)
  const found: Quarantined[] = []
  for (const name of names) {
    const path = `${folder}/${name}`
    const parsed = parseQuarantinedName(name)
    const { clusterId, replica = '', movedMs = 0 } = parsed ?? {}
    const reason = await readQuarantineReason(disk, path)
    found.push({ name, path, clusterId, replica, movedMs, reason })
  }
  return found.sort((a, b) => a.movedMs - b.movedMs || (a.name < b.name ? -1 : 1))
}

/** The file system is so full that quarantined directories go before their time. */
export function isShortOfRoom({
  freeBytes,
  totalBytes,
}: Pick<ReclaimFacts, 'freeBytes' | 'totalBytes'>): boolean {
  const share = (totalBytes / 100) * quarantineFreePercentMin
  return freeBytes < Math.max(quarantineFreeBytesMin, share)
}

/** Bytes of all files below `path`. */
export async function treeBytes(disk: Disk, path: string): Promise<number> {
  const found = await disk.stat(path)
  if (found?.kind !== 'directory') return found?.sizeBytes ?? 0
  let bytes = 0
  for (const name of await disk.list(path)) bytes += await treeBytes(disk, `${path}/${name}`)
  return bytes
}
