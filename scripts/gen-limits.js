// Writes docs/limits.md from the named limits in the sources, so that the page cannot lie.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { readCommandLine } from './command-line.js'

const usage = `usage: node scripts/gen-limits.js [--print]

  --print  print the page instead of writing docs/limits.md
`
const { values } = readCommandLine(usage, { options: { print: { type: 'boolean' } } })

const root = fileURLToPath(new URL('..', import.meta.url))
const listed = execFileSync(
  'git',
  ['ls-files', '--cached', '--others', '--exclude-standard', '--deduplicate', '*.ts'],
  { cwd: root, encoding: 'utf8' },
)
const isProduct = (path) => !/\.(test|suite)\.ts$|^(test|chaos-tests)\//.test(path)
const paths = listed
  .split('\n')
  .filter((path) => path !== '' && isProduct(path) && existsSync(root + path))
  .sort()

/** A comment and the constants right below it, which it is about together. */
const documented = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n((?:export const [^\n]+\n)+)/g
const declaration = /^export const (\w+)(?:: \w+)? = ([^\n]+)$/gm
const isLimit = (name) => /(Max|Min|Ms|MaxDefault|BytesDefault)$/.test(name)

/** Table rows of a file; in a file of limits every constant is one. */
function rowsOf(path) {
  const text = readFileSync(root + path, 'utf8')
  return [...text.matchAll(documented)].flatMap(([, comment, constants]) => {
    const prose = comment
      .replaceAll(/\s*\n\s*\*\s?/g, ' ')
      .replaceAll('|', '\\|')
      .trim()
    return [...constants.matchAll(declaration)]
      .filter(([, name]) => path.endsWith('limits.ts') || isLimit(name))
      .map(([, name, value]) => {
        return `| \`${name}\` | ${path} | ${value.replaceAll('|', '\\|')} | ${prose} |`
      })
  })
}

const rows = paths.flatMap(rowsOf)

const page = `# Limits

Every queue, message, field and loop has a limit with a name; what passes it is refused with a code
of [errors.md](errors.md). \`node scripts/gen-limits.js\` makes this page from the sources; a test
compares the two. Sizes are bytes, times milliseconds.

| Name | Where | Value | What it limits |
|---|---|---|---|
${rows.join('\n')}
`

if (values.print) process.stdout.write(page)
else writeFileSync(`${root}docs/limits.md`, page)
