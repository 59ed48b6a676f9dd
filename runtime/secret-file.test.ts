import { chmodSync, mkdtempSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { readSecretFile, secretFileBytesMax, writeSecretFile } from './secret-file.ts'

function secretFile(mode: number, content = ' a secret\n'): string {
  const path = join(mkdtempSync(join(tmpdir(), 'damselfly-secret-')), 'secret')
  writeFileSync(path, content)
  chmodSync(path, mode)
  return path
}

it.each([0o600, 0o400])('reads a secret of mode %o', async (mode) => {
  const secret = await readSecretFile(secretFile(mode))
  expect(secret.text).toBe('a secret')
  expect(secret.bytes).toHaveLength(10)
})

// GHSA-8425-8r2f-mrv6: what exists already may be laxer than what one would have made.
it.each([0o640, 0o604, 0o644, 0o620, 0o610, 0o666, 0o777])(
  'does not trust a secret of mode %o, nor a link to it',
  async (mode) => {
    const path = secretFile(mode)
    symlinkSync(path, `${path}-link`)
    const code = 'SCHED_SECRET_EXPOSED'
    await expect(readSecretFile(path)).rejects.toMatchObject({ code })
    await expect(readSecretFile(`${path}-link`)).rejects.toMatchObject({ code })
  },
)

it('refuses a file that is too large or is not there', async () => {
  const large = secretFile(0o600, 'x'.repeat(secretFileBytesMax + 1))
  await expect(readSecretFile(large)).rejects.toMatchObject({ code: 'SCHED_SECRET_INVALID' })
  const missing = `${large}-missing`
  await expect(readSecretFile(missing)).rejects.toMatchObject({ code: 'CONF_FILE_UNREADABLE' })
})

it('makes a secret once, whole, 0600, whatever an interrupted attempt has left', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'damselfly-secret-'))
  const path = join(folder, 'secret')
  writeFileSync(`${path}.${process.pid}.partial`, '')
  expect(await writeSecretFile(path, 'one')).toBe(true)
  expect(await writeSecretFile(path, 'two')).toBe(false)
  expect((await readSecretFile(path)).text).toBe('one')
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(readdirSync(folder)).toEqual(['secret'])
})

it('says when a secret cannot be made', async () => {
  const path = join(mkdtempSync(join(tmpdir(), 'damselfly-secret-')), 'nowhere', 'secret')
  await expect(writeSecretFile(path, 'x')).rejects.toMatchObject({ code: 'CONF_FILE_UNREADABLE' })
})
