// Every rule, scenario, table, claim, bug and rejoin of rules.txt is named by the title of a test
// in the folder that owns it, and no title names one that is not on the list.
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { root, sourceFiles } from './source-tree.ts'

interface Rule {
  readonly id: string
  readonly folders: readonly string[]
}

interface Title {
  readonly path: string
  readonly text: string
}

const rules: readonly Rule[] = readFileSync(`${root}test/rules.txt`, 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => {
    const [id = '', folders = '', text = ''] = line.split(' | ')
    if (text === '') throw new Error(`not "id | folders | rule": ${line}`)
    return { id, folders: folders.split(', ') }
  })

/**
 * Text literals that are the first argument of a call, or a `title`: titles of tests and of items
 * that real processes go through, and what does no harm.
 */
function titlesIn(path: string, text: string): readonly Title[] {
  const literal = /(?:\(|\btitle:)\s*(['"`])((?:\\.|(?!\1)[^\\])*)\1/g
  return [...text.matchAll(literal)].map(([, , title = '']) => ({ path, text: title }))
}

const titles = sourceFiles(/\.(test|suite)\.ts$|-items\.ts$/).flatMap(({ path, text }) =>
  path === 'test/rules.test.ts' ? [] : titlesIn(path, text),
)

/** Ids in a title; names of tables and claims stand before a colon. */
function idsOf({ text }: Title): readonly string[] {
  return text.match(/\b(?:R-\d+\.\d+|T7-\d+|[BJ]\d\d)\b|\b\w+:/g) ?? []
}

const foldersOfId = new Map<string, Set<string>>()
for (const title of titles) {
  for (const id of idsOf(title)) {
    const paths = foldersOfId.get(id) ?? new Set()
    foldersOfId.set(id, paths.add(title.path))
  }
}

/** Folders of `rule` below which no title carries its id. */
function missing({ id, folders }: Rule): readonly string[] {
  const paths = [...(foldersOfId.get(id) ?? [])]
  return folders.filter((folder) => !paths.some((path) => path.startsWith(`${folder}/`)))
}

function listed(prefix: RegExp): readonly string[] {
  return rules.map(({ id }) => id).filter((id) => prefix.test(id))
}

function numbered(prefix: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, i) => prefix + String(i + 1).padStart(2, '0'))
}

describe('the list of rules', () => {
  test('names each once', () => {
    const ids = rules.map(({ id }) => id)
    expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([])
  })

  test('is whole', () => {
    expect(listed(/^T7-/)).toEqual(numbered('T7-', 28))
    expect(listed(/^B/)).toEqual(numbered('B', 28))
    expect(listed(/^J\d/)).toEqual(numbered('J', 27))
    expect(listed(/^[a-z_]+:$/)).toHaveLength(13)
    // Claims of the paper, and named scenarios.
    expect(listed(/^[A-Z]\w+:$/)).toHaveLength(26 + 117)
    const perSection = [4, 3, 3, 3, 2, 3, 2, 3, 5, 1, 10, 2, 4, 2, 4, 4, 6, 3, 2, 2, 1, 1, 0, 1]
    const ids = perSection.flatMap((count, i) =>
      Array.from({ length: count }, (_, rule) => `R-${i + 1}.${rule + 1}`),
    )
    expect(listed(/^R-/)).toEqual(ids)
  })

  test('has a test for each in every folder that owns it', () => {
    const open = rules
      .map((rule) => ({ id: rule.id, folders: missing(rule) }))
      .filter(({ folders }) => folders.length > 0)
    expect(open.map(({ id, folders }) => `${id}: ${folders.join(', ')}`)).toEqual([])
  })

  test('knows every id that a title names', () => {
    const known = new Set(rules.map(({ id }) => id))
    const unknown = titles.flatMap((title) =>
      idsOf(title)
        .filter((id) => !id.endsWith(':') && !known.has(id))
        .map((id) => `${title.path}: ${id}`),
    )
    expect(unknown).toEqual([])
  })
})
