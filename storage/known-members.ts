// `members.json`: whom an instance knew last, beside its identity. The state is the only truth
// about the members; this file is for the time when there is no state: a replica that has just
// joined, or whose state is lost, begins with this configuration, and one that must join anew asks
// these hosts. Frozen: golden bytes in known-members.test.ts.
import type { Disk } from '../base/index.ts'
import { configurationFlaw, membersOf } from '../raft/index.ts'
import type { Configuration } from '../raft/index.ts'
import { StorageCorruptError } from './errors.ts'
import type { InitialMember } from './identity.ts'
import { directoryFormat } from './instance-format.ts'
import { knownMembersMax } from './limits.ts'
import { isId, isReplicaId, isText } from './sealed-json.ts'
import type { JsonObject, JsonValue } from './sealed-json.ts'
import { readSealedFile, writeSealedFile } from './sealed-file.ts'

export const knownMembersName = 'members.json'

/** A member as it was known last. */
export interface KnownMember extends InitialMember {
  /** host:port of its client services; '' = not known. */
  readonly clientAddress: string
}

/** Content of `members.json`. */
export interface KnownMembers {
  /**
   * The newest configuration that was seen; id 0 when the replica was told it by the one that let
   * it in.
   */
  readonly configuration: Configuration
  /** At most `knownMembersMax`, by rising replicaId. */
  readonly members: readonly KnownMember[]
}

/** Replaces the file; when this resolves it survives a power cut. */
export async function writeKnownMembers(
  disk: Disk,
  directory: string,
  known: KnownMembers,
): Promise<void> {
  const file = { directory, name: knownMembersName, format: directoryFormat }
  await writeSealedFile(disk, file, knownMembersFields(known))
}

/**
 * The members an instance knew last; undefined when it left none. @throws StorageCorruptError
 * (`STORE_IDENTITY_CORRUPT`), StorageRefusedError (`STORE_FORMAT_UNSUPPORTED`)
 */
export async function readKnownMembers(
  disk: Disk,
  directory: string,
): Promise<KnownMembers | undefined> {
  const file = { directory, name: knownMembersName, format: directoryFormat }
  const fields = await readSealedFile(disk, file, 'STORE_IDENTITY_CORRUPT')
  if (fields === undefined) return undefined
  const known = knownMembersFrom(fields)
  if (known !== undefined) return known
  const path = `${directory}/${knownMembersName}`
  throw new StorageCorruptError('STORE_IDENTITY_CORRUPT', 'it does not list members', { path })
}

/** Known members as they are stored. */
export function knownMembersFields({ configuration, members }: KnownMembers): JsonObject {
  const { id, voters, votersOutgoing, learners, learnersNext, autoLeave, highestId } = configuration
  return {
    configuration: { id, voters, votersOutgoing, learners, learnersNext, autoLeave, highestId },
    members: members.map((member) => {
      const { replicaId, hostId, incarnation, raftAddress, clientAddress } = member
      return { replicaId, hostId, incarnation, raftAddress, clientAddress }
    }),
  }
}

/** Reads known members; undefined when a field is missing or out of range. */
export function knownMembersFrom(fields: JsonObject): KnownMembers | undefined {
  const configuration = configurationFrom(fields['configuration'])
  const listed = fields['members']
  if (configuration === undefined || !isList(listed)) return undefined
  const members: KnownMember[] = []
  for (const item of listed) {
    const member = memberFrom(item)
    if (member === undefined) return undefined
    members.push(member)
  }
  const ids = new Set(members.map(({ replicaId }) => replicaId))
  const areAllThere = membersOf(configuration).every((id) => ids.has(id))
  return areAllThere && ids.size === members.length ? { configuration, members } : undefined
}

function configurationFrom(value: JsonValue | undefined): Configuration | undefined {
  if (!isObject(value)) return undefined
  const { id, autoLeave, highestId } = value
  const voters = idsFrom(value['voters'])
  const votersOutgoing = idsFrom(value['votersOutgoing'])
  const learners = idsFrom(value['learners'])
  const learnersNext = idsFrom(value['learnersNext'])
  if (!isReplicaId(highestId) || typeof autoLeave !== 'boolean') return undefined
  if (id !== 0 && !isReplicaId(id)) return undefined
  if (voters === undefined || votersOutgoing === undefined) return undefined
  if (learners === undefined || learnersNext === undefined) return undefined
  const configuration = {
    id,
    voters,
    votersOutgoing,
    learners,
    learnersNext,
    autoLeave,
    highestId,
  }
  return configurationFlaw(configuration) === undefined ? configuration : undefined
}

function memberFrom(value: JsonValue): KnownMember | undefined {
  if (!isObject(value)) return undefined
  const { replicaId, hostId, incarnation, raftAddress, clientAddress } = value
  if (!isReplicaId(replicaId) || !isText(hostId)) return undefined
  if (!isId(incarnation) || !isText(raftAddress)) return undefined
  if (clientAddress !== '' && !isText(clientAddress)) return undefined
  return { replicaId, hostId, incarnation, raftAddress, clientAddress }
}

function idsFrom(value: JsonValue | undefined): readonly number[] | undefined {
  return isList(value) && value.every(isReplicaId) ? value : undefined
}

function isList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value) && value.length <= knownMembersMax
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
