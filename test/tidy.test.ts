// The source checks itself: what neither the compiler nor the linter can say.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path/posix'
import { expect, it } from 'vitest'
import { root, sourceFiles } from './source-tree.ts'
import type { SourceFile } from './source-tree.ts'

const code = sourceFiles(/\.(ts|js)$/).filter(({ path }) => !path.startsWith('proto/gen/'))
const isTest = (path: string): boolean => /\.(test|suite)\.ts$|^test\//.test(path)
const product = code.filter(({ path }) => path.endsWith('.ts') && !isTest(path))
const pages = sourceFiles(/\.md$/)

/** Lines of code without comments and text literals, so that words in prose do not count. */
function bareLines(text: string): readonly string[] {
  const bare = text
    .replaceAll(/\/\*[\s\S]*?\*\//g, (comment) => comment.replaceAll(/[^\n]/g, ' '))
    .replaceAll(/'(?:[^'\\\n]|\\.)*'/g, "''")
    .replaceAll(/(^|[^:])\/\/[^\n]*/g, '$1')
  return bare.split('\n')
}

function findings(files: readonly SourceFile[], pattern: RegExp): readonly string[] {
  return files.flatMap(({ path, text }) =>
    bareLines(text).flatMap((line, i) => (pattern.test(line) ? [`${path}:${i + 1} ${line}`] : [])),
  )
}

it('keeps lines within 100 columns, unless a long literal cannot be broken', () => {
  const literal = /'[^']{40,}'|`[^`]{40,}`|\/\S{40,}\/|`[^`]{60,}$/
  const long = code.flatMap(({ path, text }) =>
    text
      .split('\n')
      .flatMap((line, i) => (line.length > 100 && !literal.test(line) ? [`${path}:${i + 1}`] : [])),
  )
  expect(long).toEqual([])
})

it('keeps files within their size budget, or says in the header why one is longer', () => {
  const large = product.filter(({ text }) => {
    const isExplained = /one file because/i.test(text.slice(0, 2000))
    return text.split('\n').length > (isExplained ? 1500 : 700)
  })
  expect(large.map(({ path }) => path)).toEqual([])
})

it('leaves nothing unfinished behind, and no check weakened', () => {
  const words =
    /TODO|FIXME|XXX|not implemented|@ts-(ignore|nocheck)|lint-disable|\.(skip|only|todo)\(/
  // This file names what it looks for.
  const found = code
    .filter(({ path }) => path !== 'test/tidy.test.ts')
    .flatMap(({ path, text }) =>
      text.split('\n').flatMap((line, i) => (words.test(line) ? [`${path}:${i + 1}`] : [])),
    )
  expect(found).toEqual([])
})

it('reads clocks and randomness only in runtime/', () => {
  const powers = new RegExp(
    [
      String.raw`\bnew Date\b|\bDate\.(now|parse|UTC)|\bperformance\b|\bhrtime\b`,
      String.raw`\bMath\.random|\bcrypto\.random|AbortSignal\.(timeout|any)`,
      String.raw`\b(set|clear)(Timeout|Interval|Immediate)\b|WeakRef|FinalizationRegistry`,
    ].join('|'),
  )
  const shells = product.filter(
    ({ path }) =>
      !/^(runtime|scripts|test|bench|examples|manager\/web)\//.test(path) &&
      !path.endsWith('.config.ts'),
  )
  expect(findings(shells, powers)).toEqual([])
})

/** What in scheduler/replication is around apply: it may wait for logs and disks. */
const shells = [
  'durable-state',
  'leader-duties',
  'local-log',
  'proposal',
  'proposer',
  'proposer-log',
].map((name) => `scheduler/replication/${name}.ts`)

/** What replicas run on the log, and what decides in it. */
const apply = product.filter(
  ({ path }) => /^scheduler\/(core|replication)\//.test(path) && !shells.includes(path),
)

it('keeps the cores synchronous and pure', () => {
  const cores = product.filter(({ path }) => /^(raft\/(core|wire)|peer\/core)\//.test(path))
  const pure = [...cores, ...apply]
  expect(pure.length).toBeGreaterThan(80)
  expect(product.filter(({ path }) => shells.includes(path))).toHaveLength(shells.length)
  expect(findings(pure, /\basync\b|\bawait\b|\bPromise\b|queueMicrotask/)).toEqual([])
})

it('decides in apply without regular expressions, locales or inexact arithmetic', () => {
  const inexact = /\bMath\.(?!floor|ceil|trunc|round|min|max|abs|sign|sqrt|imul|clz32)\w+/
  expect(findings(apply, inexact)).toEqual([])
  const powers = /\bRegExp\b|\.match(All)?\(|\bIntl\b|localeCompare|toLocale|=\s*\/[^/*]/
  expect(findings(apply, powers)).toEqual([])
})

it('names in comments only tests that exist', () => {
  const missing = code.flatMap(({ path, text }) =>
    [...text.matchAll(/\/\/.*?([\w./-]+\.(?:test|suite)\.ts)\b/g)].flatMap(([, name]) => {
      const places = [join(dirname(path), name!), name!]
      return places.some((place) => existsSync(root + place)) ? [] : [`${path}: ${name}`]
    }),
  )
  expect(missing).toEqual([])
})

it('imports every file somewhere', () => {
  const entries = /^(scripts|bench|test|examples)\/|(^|\/)index\.ts$|\.config\.ts$/
  const { bin } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as {
    bin: Record<string, string>
  }
  const programs = new Set(
    Object.values(bin).map((path) => path.replace('dist/', '').replace('.js', '.ts')),
  )
  const imported = new Set(
    code.flatMap(({ path, text }) =>
      [...text.matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)].map(([, target]) =>
        join(dirname(path), target!),
      ),
    ),
  )
  const dead = product.filter(
    ({ path, text }) =>
      !entries.test(path) &&
      !programs.has(path) &&
      !imported.has(path) &&
      !text.startsWith('#!/usr/bin/env node'),
  )
  expect(dead.map(({ path }) => path)).toEqual([])
})

it('imports other folders only through their entries', () => {
  const folders = new Set(
    sourceFiles(/(^|\/)tsconfig\.json$/)
      .map(({ path }) => dirname(path))
      .filter((dir) => dir !== '.'),
  )
  const folderOf = (path: string): string => {
    let dir = dirname(path)
    while (dir !== '.' && !folders.has(dir)) dir = dirname(dir)
    return dir
  }
  const ownEntries = new Set([
    'runtime/grpc-raft-transport.ts',
    'runtime/grpc-services.ts',
    'runtime/grpc-tls.ts',
    'runtime/ports.ts',
  ])
  const foreign = product
    .filter(({ path }) => !path.startsWith('test/'))
    .flatMap(({ path, text }) =>
      [...text.matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)].flatMap(([, target]) => {
        const to = join(dirname(path), target!)
        const isInside = folderOf(to) === folderOf(path)
        const isEntry =
          to.endsWith('/index.ts') || ownEntries.has(to) || to.startsWith('proto/gen/')
        const isCli = path.startsWith('cli/')
        return isInside || isEntry || isCli ? [] : [`${path} -> ${to}`]
      }),
    )
  expect(foreign).toEqual([])
})

it('documents every error code, and only codes that exist', () => {
  const pattern = /\b(?:RAFT|STORE|PROTO|SCHED|PEER|MGR|CONF)_[A-Z][A-Z0-9_]*[A-Z0-9](?![A-Z0-9_])/g
  const used = new Set<string>()
  for (const { text } of product) {
    for (const [word] of text.matchAll(pattern)) used.add(word)
  }
  // A word of the wire contract, not a code.
  used.delete('PEER_SOURCE')
  const page = readFileSync(`${root}docs/errors.md`, 'utf8')
  const documented = new Set([...page.matchAll(/^\| `([A-Z0-9_]+)`/gm)].map(([, word]) => word!))
  expect([...used].filter((word) => !documented.has(word)).sort()).toEqual([])
  expect([...documented].filter((word) => !used.has(word)).sort()).toEqual([])
})

it('documents every limit as the sources have it', () => {
  const made = execFileSync('node', ['scripts/gen-limits.js', '--print'], {
    cwd: root,
    encoding: 'utf8',
  })
  expect(made.split('\n').length).toBeGreaterThan(60)
  expect(readFileSync(`${root}docs/limits.md`, 'utf8')).toBe(made)
})

it('gives every page one title and links that lead somewhere', () => {
  const bad = pages.flatMap(({ path, text }) => {
    const prose = text.replaceAll(/```[\s\S]*?```/g, '')
    const titles = [...prose.matchAll(/^# /gm)].length
    const broken = [...prose.matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)]
      .map(([, target]) => join(dirname(path), target!))
      .filter((target) => !existsSync(root + target))
    return titles === 1 && broken.length === 0
      ? []
      : [`${path}: ${titles} titles, ${broken.join()}`]
  })
  expect(bad).toEqual([])
})

it('names no path of the machine it was written on', () => {
  const tracked = sourceFiles(/\.(ts|js|md|json|yaml|yml|sh|html|css|proto)$|^\.ci\//)
  const own = root.slice(0, -1)
  expect(tracked.filter(({ text }) => text.includes(own)).map(({ path }) => path)).toEqual([])
})
