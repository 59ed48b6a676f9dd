import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import * as client from './index.ts'
import * as limits from './limits.ts'

test('the page of the client names everything it exports, and nothing else', () => {
  const page = readFileSync(new URL('../docs/client.md', import.meta.url), 'utf8')
  const section = page.slice(page.indexOf('## Exports'))
  const named = [...section.matchAll(/`(\w+)`/g)].map(([, name]) => name!)
  const exported = Object.keys(client).filter((name) => !Object.hasOwn(limits, name))
  expect(named.toSorted()).toEqual(exported.toSorted())
})
