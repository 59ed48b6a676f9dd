import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { SystemClock } from '../../runtime/index.ts'
import { mutations } from './catalogue.ts'
import { describeLine, isCaught, runMutations, runWithoutMistake } from './gate.ts'
import { edit, tests } from './mutation.ts'
import type { GateLine } from './gate.ts'
import type { Mutation } from './mutation.ts'

const from = fileURLToPath(new URL('../..', import.meta.url))

/** The short form: one of each kind, noticed by small test files. The rest: `npm run mutations`. */
const quickIds = ['joint-commit-by-one-half', 'ids-used-again', 'incarnation-unchecked']

function quick(mutation: Mutation): Mutation {
  const check = mutation.caughtBy.find(({ kind }) => kind === 'tests')
  return { ...mutation, caughtBy: check === undefined ? [] : [check] }
}

describe('an edit', () => {
  const text = 'one\ntwo\ntwo\n'

  it('replaces what occurs once', () => {
    expect(edit(text, { find: 'one', replace: '1' })).toEqual({ ok: true, text: '1\ntwo\ntwo\n' })
  })

  it.each([
    ['three', 'x', 'not-found'],
    ['', 'x', 'not-found'],
    ['two', 'x', 'found-twice'],
    ['one', 'one', 'changes-nothing'],
  ] as const)("does not take '%s' for '%s': %s", (find, replace, reason) => {
    expect(edit(text, { find, replace })).toEqual({ ok: false, reason })
  })
})

describe('the catalogue', () => {
  it('has at least 20 mistakes with names of their own', () => {
    expect(mutations.length).toBeGreaterThanOrEqual(20)
    expect(new Set(mutations.map(({ id }) => id)).size).toBe(mutations.length)
  })

  it.each(mutations.map((mutation) => [mutation.id, mutation] as const))(
    '%s fits its file',
    (_, mutation) => {
      const text = readFileSync(`${from}${mutation.file}`, 'utf8')
      expect(edit(text, mutation)).toMatchObject({ ok: true })
      expect(mutation.caughtBy.length).toBeGreaterThan(0)
    },
  )
})

describe('the gate', () => {
  const options = { from, workers: 1, onLine: () => {}, clock: new SystemClock() }

  it('notices mistakes, and none where there is none', { timeout: 120_000 }, async () => {
    const chosen = mutations.filter(({ id }) => quickIds.includes(id)).map(quick)
    expect(await runWithoutMistake(chosen, { from })).toBeUndefined()
    const lines = await runMutations(chosen, options)
    expect(lines.map(describeLine).filter((line) => !line.includes('caught '))).toEqual([])
    expect(lines.map(({ id }) => id).sort()).toEqual([...quickIds].sort())
  })

  it('tells when a mistake survives or no longer fits', { timeout: 120_000 }, async () => {
    const harmless: Mutation = {
      id: 'harmless',
      rule: 'none',
      what: 'nothing changes',
      file: 'raft/core/quorum.ts',
      find: '// Majorities. Everything that asks',
      replace: '// Majorities. Whatever asks',
      caughtBy: [tests('raft/core/quorum.test.ts')],
    }
    const gone = { ...harmless, id: 'gone', find: 'not in that file' }
    const lines = await runMutations([harmless, gone], options)
    expect(lines.map(isCaught)).toEqual([false, false])
    const [first, second] = lines as [GateLine, GateLine]
    expect(describeLine(first)).toContain('SURVIVED  raft/core/quorum.test.ts: every test passes')
    expect(describeLine(second)).toContain('gone: not-found in raft/core/quorum.ts')
  })
})
