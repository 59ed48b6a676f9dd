import { expect, test } from 'vitest'
import { Prng } from '../base/index.ts'
import { DiskSimulator } from '../chaos-tests/sim/disk-simulator.ts'
import { directoryFormat } from './instance-format.ts'
import { joinMarkerFields, joinMarkerFrom } from './join-marker.ts'
import {
  knownMembersFields,
  knownMembersFrom,
  readKnownMembers,
  writeKnownMembers,
} from './known-members.ts'
import type { KnownMembers } from './known-members.ts'
import { encodeSealedJson } from './sealed-json.ts'
import type { JsonObject } from './sealed-json.ts'

const known: KnownMembers = {
  configuration: {
    id: 57,
    voters: [1, 4],
    votersOutgoing: [1, 2],
    learners: [5],
    learnersNext: [2],
    autoLeave: true,
    highestId: 6,
  },
  members: [1, 2, 4, 5].map((replicaId) => ({
    replicaId,
    hostId: `s${replicaId}`,
    incarnation: String(replicaId).repeat(32),
    raftAddress: `h${replicaId}:8003`,
    clientAddress: replicaId === 5 ? '' : `h${replicaId}:8002`,
  })),
}

const text = (fields: JsonObject): string =>
  Buffer.from(encodeSealedJson(directoryFormat, fields)).toString('utf8')

test('members.json is frozen', () => {
  const member = (id: number, client: string): string =>
    `{"replicaId":${id},"hostId":"s${id}","incarnation":"${String(id).repeat(32)}",` +
    `"raftAddress":"h${id}:8003","clientAddress":"${client}"}`
  const members = [
    member(1, 'h1:8002'),
    member(2, 'h2:8002'),
    member(4, 'h4:8002'),
    member(5, ''),
  ].join(',')
  expect(text(knownMembersFields(known))).toBe(
    '{"format":3,"configuration":{"id":57,"voters":[1,4],"votersOutgoing":[1,2],"learners":[5],' +
      `"learnersNext":[2],"autoLeave":true,"highestId":6},"members":[${members}],` +
      '"crc32":"6940f892"}\n',
  )
})

test('join.json is frozen', () => {
  const marker = {
    clusterId: 'c'.repeat(32),
    incarnation: 'a'.repeat(32),
    hostId: 's1',
    raftAddress: 'a:1',
  }
  expect(text(joinMarkerFields(marker))).toBe(
    `{"format":3,"clusterId":"${'c'.repeat(32)}","incarnation":"${'a'.repeat(32)}",` +
      '"hostId":"s1","raftAddress":"a:1","crc32":"4e16ee9e"}\n',
  )
  expect(joinMarkerFrom(joinMarkerFields(marker))).toEqual(marker)
  for (const name of ['clusterId', 'incarnation', 'hostId', 'raftAddress']) {
    expect(joinMarkerFrom({ ...joinMarkerFields(marker), [name]: '' })).toBeUndefined()
  }
})

test('known members are replaced as a whole and survive a power cut', async () => {
  const disk = new DiskSimulator({ random: new Prng('known') })
  await disk.makeDirectory('/i')
  await disk.syncDirectory('/')
  expect(await readKnownMembers(disk, '/i')).toBeUndefined()
  await writeKnownMembers(disk, '/i', known)
  disk.powerOn('lose')
  expect(await readKnownMembers(disk, '/i')).toEqual(known)
  const file = await disk.open('/i/members.json', 'write')
  await file.write(20, [new Uint8Array([0])])
  await file.close()
  const reading = readKnownMembers(disk, '/i')
  await expect(reading).rejects.toMatchObject({ code: 'STORE_IDENTITY_CORRUPT' })
})

const fields = knownMembersFields(known)
const configuration = fields['configuration'] as JsonObject
const members = fields['members'] as readonly JsonObject[]

test.each([
  ['no configuration', { configuration: null }],
  ['a configuration without voters', { configuration: { ...configuration, voters: [] } }],
  ['ids out of order', { configuration: { ...configuration, voters: [4, 1] } }],
  ['an id above the highest', { configuration: { ...configuration, highestId: 4 } }],
  ['a wrong id', { configuration: { ...configuration, id: -1 } }],
  ['a member that is missing', { members: members.slice(1) }],
  ['a member twice', { members: [...members, members[0]!] }],
  ['a member without an incarnation', { members: [{ ...members[0]!, incarnation: '' }] }],
  ['a member without an address', { members: [{ ...members[0]!, raftAddress: '' }] }],
  ['a client address that is none', { members: [{ ...members[0]!, clientAddress: 7 }] }],
  ['too many members', { members: Array.from({ length: 65 }, () => members[0]!) }],
  ['no list', { members: 'nobody' }],
] as const)('known members with %s are none', (_title, wrong) => {
  expect(knownMembersFrom({ ...fields, ...wrong } as JsonObject)).toBeUndefined()
})
