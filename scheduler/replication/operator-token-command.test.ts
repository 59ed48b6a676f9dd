import { expect, it } from 'vitest'
import { fromHex, toHex } from '../../base/index.ts'
import { pack, unpack } from './msgpack.ts'
import { setOperatorToken } from './operator-token-command.ts'
import { FieldReader, isArray } from './wire.ts'

it('writes and reads these bytes, for ever', () => {
  const hash = new Uint8Array(32).fill(0xab)
  const golden = `91c420${'ab'.repeat(32)}`
  expect(toHex(pack(setOperatorToken.encode({ hash })))).toBe(golden)
  const read = unpack(fromHex(golden)!)
  expect(isArray(read) && setOperatorToken.decode(new FieldReader(read)).hash).toEqual(hash)
  expect([setOperatorToken.kind, setOperatorToken.kindVersion]).toEqual([11, 1])
})

it.each([0, 31, 33])('reads no hash of %i bytes', (length) => {
  const fields = new FieldReader([new Uint8Array(length)])
  expect(() => setOperatorToken.decode(fields)).toThrow(/bytes|hash/)
})
