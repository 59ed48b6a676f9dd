import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { toHex, utf8Encode } from '../../base/index.ts'
import {
  formatJoinToken,
  hashJoinSecret,
  hostProofBytes,
  isJoinSecret,
  loadClusterKey,
  parseJoinToken,
  signHostProof,
  verifyHostProof,
} from './host-proof.ts'

const subject = {
  clusterId: '00112233445566778899aabbccddeeff',
  hostId: 's1',
  raftAddress: '10.0.0.1:8003',
  incarnation: 'a'.repeat(32),
  nonce: 'b'.repeat(32),
  replaces: '',
  isLearner: false,
}
const key = { bytes: utf8Encode('k'.repeat(32)) }

describe('a host proof', () => {
  it('signs these bytes, for ever', () => {
    expect(toHex(hostProofBytes({ ...subject, clusterId: 'c', incarnation: 'i', nonce: '' }))).toBe(
      '0000001664616d73656c666c792f686f73742d70726f6f662f31' +
        '0000000163' +
        '000000027331' +
        '0000000d31302e302e302e313a38303033' +
        '0000000169' +
        '00000000' +
        '00000000' +
        '00000005766f746572',
    )
    expect(toHex(signHostProof(key, subject))).toBe(
      '45fb58747f5ec8771d9110fb28db5c2c2fcb88f48d944e1432c098dc99f0bb37',
    )
  })

  it('holds for its subject and key alone', () => {
    const proof = signHostProof(key, subject)
    expect(verifyHostProof(key, subject, proof)).toBe(true)
    const others = [
      { ...subject, clusterId: 'c'.repeat(32) },
      { ...subject, hostId: 's2' },
      { ...subject, raftAddress: '10.0.0.2:8003' },
      { ...subject, incarnation: 'd'.repeat(32) },
      { ...subject, nonce: 'd'.repeat(32) },
      { ...subject, replaces: 's2' },
      { ...subject, isLearner: true },
      // The same characters with other borders between the fields.
      { ...subject, hostId: 's110.0.0.1', raftAddress: ':8003' },
    ]
    for (const other of others) expect(verifyHostProof(key, other, proof)).toBe(false)
    expect(verifyHostProof({ bytes: utf8Encode('l'.repeat(32)) }, subject, proof)).toBe(false)
    expect(verifyHostProof(key, subject, proof.slice(0, 31))).toBe(false)
    expect(verifyHostProof(key, subject, new Uint8Array(0))).toBe(false)
    expect(verifyHostProof(key, subject, new Uint8Array(32))).toBe(false)
  })
})

describe('a cluster key', () => {
  const keyFile = (content: string, mode = 0o600): string => {
    const path = join(mkdtempSync(join(tmpdir(), 'damselfly-key-')), 'cluster.key')
    writeFileSync(path, content)
    chmodSync(path, mode)
    return path
  }

  it('is what a file holds without the white space around it', async () => {
    const { bytes } = await loadClusterKey(keyFile(` ${'k'.repeat(32)}\n`))
    expect(bytes).toEqual(key.bytes)
  })

  it.each([
    ['too short', keyFile(`${'k'.repeat(31)}\n\n\n`), 'SCHED_SECRET_INVALID'],
    ['empty', keyFile(''), 'SCHED_SECRET_INVALID'],
    ['open to others', keyFile('k'.repeat(32), 0o644), 'SCHED_SECRET_EXPOSED'],
    ['missing', '/nonexistent/cluster.key', 'CONF_FILE_UNREADABLE'],
  ])('is refused when it is %s', async (_, path, code) => {
    await expect(loadClusterKey(path)).rejects.toMatchObject({ code })
  })
})

describe('a join token', () => {
  const token = { tokenId: '0123456789abcdef', secret: '00112233445566778899aabbccddeeff' }
  const text = 'dfj1.0123456789abcdef.00112233445566778899aabbccddeeff'

  it('is written and read', () => {
    expect(formatJoinToken(token)).toBe(text)
    expect(parseJoinToken(text)).toEqual(token)
  })

  it.each([
    '',
    'dfj1',
    text.slice(0, -1),
    `${text}0`,
    `${text}\n`,
    ` ${text}`,
    text.toUpperCase(),
    text.replace('dfj1', 'dfj2'),
    text.replace('0011', '00zz'),
  ])('is not %j', (other) => {
    expect(parseJoinToken(other)).toBeUndefined()
  })

  it('leaves a hash of its secret in the state, for ever the same', () => {
    const hash = hashJoinSecret(token.secret)
    expect(toHex(hash)).toBe('a8faed6abbf35c12a4b26e40f6feb19d736d90045c83b9f9a31f638d323e6811')
    expect(isJoinSecret(token.secret, hash)).toBe(true)
    expect(isJoinSecret('f'.repeat(32), hash)).toBe(false)
    expect(isJoinSecret(token.secret, hash.slice(0, 16))).toBe(false)
    expect(isJoinSecret(token.secret, new Uint8Array(0))).toBe(false)
  })
})
