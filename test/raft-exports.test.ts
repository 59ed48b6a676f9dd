// Everything a user of `damselfly/raft` can name is explained where it is declared: an editor shows
// that text, and nobody has to read the source to use it.
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path/posix'
import { expect, it } from 'vitest'
import { root } from './source-tree.ts'

interface Exported {
  readonly name: string
  /** Relative to the root. */
  readonly path: string
}

const linesOf = (path: string): readonly string[] => readFileSync(root + path, 'utf8').split('\n')

/** What a file passes on from other files. */
function passedOn(path: string): readonly Exported[] {
  const text = readFileSync(root + path, 'utf8')
  return [...text.matchAll(/export (?:type )?\{([^}]*)\} from '([^']+)'/g)].flatMap(
    ([, names, from]) =>
      names!
        .split(',')
        .map((name) => name.trim())
        .filter((name) => name !== '')
        .map((name) => ({ name, path: join(dirname(path), from!) })),
  )
}

/** Follows an export to the file that declares it. */
function declaredIn({ name, path }: Exported): string {
  const next = passedOn(path).find((exported) => exported.name === name)
  return next === undefined ? path : declaredIn(next)
}

/** Does a docstring end right above line `at`? */
const isExplained = (lines: readonly string[], at: number): boolean =>
  lines[at - 1]?.trimEnd().endsWith('*/') ?? false

const exported = passedOn('raft/index.ts')

it('the entry of raft exports something by name, and nothing twice', () => {
  expect(exported.length).toBeGreaterThan(80)
  const names = exported.map(({ name }) => name)
  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([])
})

it('every export of raft has a docstring', () => {
  const missing = exported.filter((one) => {
    const lines = linesOf(declaredIn(one))
    const declaration = new RegExp(
      `^export (?:abstract )?(?:class|function|const|type|interface) ${one.name}\\b`,
    )
    const at = lines.findIndex((line) => declaration.test(line))
    expect(at, `${one.name} is declared`).toBeGreaterThanOrEqual(0)
    return !isExplained(lines, at)
  })
  expect(missing.map((one) => `${declaredIn(one)}: ${one.name}`)).toEqual([])
})

it.each([
  ['Raft', 'raft/core/raft.ts'],
  ['RaftNode', 'raft/driver/raft-node.ts'],
  ['MemoryNetwork', 'raft/driver/memory-transport.ts'],
])('every public method of %s has a docstring', (name, path) => {
  const lines = linesOf(path)
  const from = lines.findIndex((line) => line.startsWith(`export class ${name} `))
  const to = lines.findIndex((line, i) => i > from && line === '}')
  const members = lines.flatMap((line, i) => {
    const isInside = i > from && i < to
    const found = /^ {2}(?:async |get |static )*(?!constructor)([a-z]\w*)\(/.exec(line)
    return isInside && found !== null ? [{ member: found[1]!, at: i }] : []
  })
  expect(members.length).toBeGreaterThan(4)
  const missing = members.filter(({ at }) => !isExplained(lines, at))
  expect(missing.map(({ member }) => `${name}.${member}`)).toEqual([])
})
