import { describe, expect, test } from 'vitest'
import { planCluster } from './bootstrap.ts'
import type { BootstrapMarker } from './bootstrap.ts'
import { identityFields, identityFrom } from './identity.ts'
import { markerFields, markerFrom } from './marker.ts'
import { decodeSealedJson, encodeSealedJson } from './sealed-json.ts'
import type { JsonObject } from './sealed-json.ts'

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8')

test('the form is frozen: fields in order, the checksum last', () => {
  const bytes = encodeSealedJson(1, { name: 'ä', list: [1, null, { deep: true }] })
  expect(text(bytes)).toBe(
    '{"format":1,"name":"ä","list":[1,null,{"deep":true}],"crc32":"3e7326a4"}\n',
  )
  expect(decodeSealedJson(1, bytes)).toEqual({
    ok: true,
    fields: { name: 'ä', list: [1, null, { deep: true }] },
  })
  expect(text(encodeSealedJson(1, {}))).toBe('{"format":1,"crc32":"1bb205f2"}\n')
})

test('any flipped bit, missing or added byte is found', () => {
  const bytes = encodeSealedJson(1, { name: 'value', count: 12 })
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    const changed = bytes.slice()
    changed[bit >> 3]! ^= 1 << (bit & 7)
    expect(decodeSealedJson(1, changed)).toEqual({ ok: false, reason: 'damaged' })
  }
  for (let length = 0; length < bytes.length; length += 1) {
    expect(decodeSealedJson(1, bytes.subarray(0, length)).ok).toBe(false)
  }
  expect(decodeSealedJson(1, Buffer.concat([bytes, Buffer.from(' ')])).ok).toBe(false)
})

test('an intact file of another format is told from damage', () => {
  const newer = encodeSealedJson(7, { other: 'layout' })
  expect(decodeSealedJson(1, newer)).toEqual({ ok: false, reason: 'format', format: 7 })
  for (const foreign of ['', 'null', '[]', '{}', '{"format":"1"}', '{"crc32":"00000000"}']) {
    expect(decodeSealedJson(1, Buffer.from(foreign))).toEqual({ ok: false, reason: 'damaged' })
  }
})

const own = {
  raftAddress: 'a:1',
  incarnation: 'a'.repeat(32),
  hostId: 's1',
  addresses: ['a:1', 'b:1'],
}
const plan = planCluster([own, { raftAddress: 'b:1', incarnation: 'b'.repeat(32), hostId: 's2' }])

describe('bootstrap.json', () => {
  test('is frozen', () => {
    const fresh: BootstrapMarker = { ...own, plan: undefined }
    const planned: BootstrapMarker = { ...own, plan }
    const head =
      `{"format":1,"raftAddress":"a:1","incarnation":"${'a'.repeat(32)}","hostId":"s1",` +
      '"addresses":["a:1","b:1"],"plan":'
    expect(text(encodeSealedJson(1, markerFields(fresh)))).toMatch(
      new RegExp(`^${escaped(head)}null,"crc32":"[0-9a-f]{8}"}\n$`),
    )
    const members =
      `[{"replicaId":1,"hostId":"s1","incarnation":"${'a'.repeat(32)}","raftAddress":"a:1"},` +
      `{"replicaId":2,"hostId":"s2","incarnation":"${'b'.repeat(32)}","raftAddress":"b:1"}]`
    const body = `{"clusterId":"${plan.clusterId}","members":${members}}`
    expect(text(encodeSealedJson(1, markerFields(planned)))).toMatch(
      new RegExp(`^${escaped(head + body)},"crc32":"[0-9a-f]{8}"}\n$`),
    )
    expect(markerFrom(markerFields(fresh))).toEqual(fresh)
    expect(markerFrom(markerFields(planned))).toEqual(planned)
  })

  test.each([
    ['raftAddress', ''],
    ['raftAddress', 'c:1'],
    ['incarnation', 'A'.repeat(32)],
    ['hostId', 7],
    ['hostId', 'x'.repeat(256)],
    ['addresses', 'a:1'],
    ['addresses', ['a:1', 1]],
    ['addresses', Array.from({ length: 10 }, () => 'a:1')],
    ['plan', 'soon'],
    ['plan', []],
    ['plan', { clusterId: 'short', members: [] }],
    ['plan', { clusterId: 'c'.repeat(32), members: [1] }],
    ['plan', { clusterId: 'c'.repeat(32), members: [{ replicaId: 0 }] }],
  ] as const)('with a wrong %s is none: %j', (name, value) => {
    const fields: JsonObject = { ...markerFields({ ...own, plan }), [name]: value }
    expect(markerFrom(fields)).toBeUndefined()
  })
})

describe('identity.json', () => {
  const identity = {
    clusterId: plan.clusterId,
    replicaId: 1,
    incarnation: own.incarnation,
    hostId: 's1',
    createdAtIndex: 1,
    createdBy: 'bootstrap',
    initialMembers: plan.members,
  } as const

  test('reads back', () => {
    expect(identityFrom(identityFields(identity))).toEqual(identity)
    const joined = { ...identity, createdBy: 'join', initialMembers: [] } as const
    expect(identityFrom(identityFields(joined))).toEqual(joined)
  })

  test.each([
    ['clusterId', 'c'],
    ['replicaId', 0],
    ['replicaId', 2 ** 53],
    ['incarnation', null],
    ['hostId', ''],
    ['createdAtIndex', 1.5],
    ['createdBy', 'chance'],
    ['initialMembers', null],
    ['initialMembers', [null]],
    ['initialMembers', [{ replicaId: 1, hostId: 's1', incarnation: 'x', raftAddress: 'a:1' }]],
  ] as const)('with a wrong %s is none: %j', (name, value) => {
    expect(identityFrom({ ...identityFields(identity), [name]: value })).toBeUndefined()
  })
})

function escaped(literal: string): string {
  return literal.replaceAll(/[[\]{}.]/g, String.raw`\$&`)
}
