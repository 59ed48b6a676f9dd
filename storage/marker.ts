// `bootstrap.json`: what a member without an identity remembers. Frozen: golden bytes in
// sealed-json.test.ts.
import type { BootstrapMarker } from './bootstrap.ts'
import { initialMembersFrom, memberFields } from './identity.ts'
import { initialMembersMax } from './limits.ts'
import { isId, isText } from './sealed-json.ts'
import type { JsonObject, JsonValue } from './sealed-json.ts'

export const markerName = 'bootstrap.json'

/** A marker as it is stored. */
export function markerFields(marker: BootstrapMarker): JsonObject {
  const { raftAddress, incarnation, hostId, addresses, plan } = marker
  const stored =
    plan === undefined
      ? null
      : { clusterId: plan.clusterId, members: plan.members.map(memberFields) }
  return { raftAddress, incarnation, hostId, addresses, plan: stored }
}

/** Reads a marker's fields; undefined when one is missing or out of range. */
export function markerFrom(fields: JsonObject): BootstrapMarker | undefined {
  const { raftAddress, incarnation, hostId, addresses, plan: stored } = fields
  if (!isText(raftAddress) || !isId(incarnation) || !isText(hostId)) return undefined
  if (!isTexts(addresses) || !addresses.includes(raftAddress)) return undefined
  const marker = { raftAddress, incarnation, hostId, addresses }
  if (stored === null) return { ...marker, plan: undefined }
  if (typeof stored !== 'object' || !('clusterId' in stored)) return undefined
  const { clusterId, members } = stored
  const initialMembers = initialMembersFrom(members)
  if (!isId(clusterId) || initialMembers === undefined) return undefined
  return { ...marker, plan: { clusterId, members: initialMembers } }
}

function isTexts(value: JsonValue | undefined): value is readonly string[] {
  return Array.isArray(value) && value.length <= initialMembersMax && value.every(isText)
}
