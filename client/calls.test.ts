import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { loadServices } from '../proto/index.ts'
import { callRules } from './calls.ts'
import type { CallRule } from './calls.ts'
import { ClusterClient } from './cluster-client.ts'
import { SchedulerClient } from './scheduler-client.ts'

const rules: readonly (readonly [string, CallRule])[] = Object.entries(callRules)

/** What the two clients have besides calls. */
const others = ['constructor', 'addresses', 'leader', 'known', 'close', 'overview']

test('every call of the clients has a rule, and every rule a call', () => {
  const methods = [SchedulerClient, ClusterClient].flatMap(({ prototype }) =>
    Object.getOwnPropertyNames(prototype),
  )
  const calls = new Set(methods.filter((name) => !others.includes(name)))
  expect([...calls].sort()).toEqual(rules.map(([name]) => name).sort())
})

test('rules name methods that exist; what streams is never repeated', () => {
  const { schedulerV1, schedulerV2, cluster, store } = loadServices()
  const methods = [schedulerV1, schedulerV2, cluster, store].flatMap(({ service }) =>
    Object.values(service),
  )
  for (const [name, { rpc, repeat }] of rules) {
    const method = methods.find(({ path }) => path === `/${rpc}`)
    expect(method, `${name}: ${rpc}`).toBeDefined()
    if (method?.requestStream) expect(repeat).toBe('no')
  }
})

test('the page of the client shows every rule', () => {
  const page = readFileSync(new URL('../docs/client.md', import.meta.url), 'utf8')
  const rows = [...page.matchAll(/^\| `(\w+)` +\| `([\w.]+\/\w+)` +\| ([a-z-]+) +\|/gm)]
  const shown = rows.map(([, name, rpc, repeat]) => `${name} ${rpc} ${repeat}`)
  expect(shown).toEqual(rules.map(([name, { rpc, repeat }]) => `${name} ${rpc} ${repeat}`))
})
