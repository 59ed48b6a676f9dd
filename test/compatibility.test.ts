// docs/compatibility.md tells of every call that clients of Dragonfly may make.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')
const page = read('docs/compatibility.md')

test.each(['scheduler-v1', 'scheduler-v2'])('every call of %s has its place', (proto) => {
  const text = read(`proto/dragonfly/${proto}.proto`)
  const calls = [...text.matchAll(/^ {2}rpc (\w+)\(/gm)].map(([, name]) => name!)
  expect(calls.length).toBeGreaterThanOrEqual(8)
  expect(calls.filter((name) => !page.includes(`\`${name}\``))).toEqual([])
})
