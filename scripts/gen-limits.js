// Writes docs/limits.md from the named limits in the sources, so that the page cannot lie.
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
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
const paths = listed
  .split('\n')
  .filter((path) => path.endsWith('limits.ts'))
  .sort()
const declaration = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\nexport const (\w+)(?:: \w+)? = ([^\n]+)/g

const rows = paths.flatMap((path) => {
  const text = readFileSync(root + path, 'utf8')
  return [...text.matchAll(declaration)].map(([, comment, name, value]) => {
    const prose = comment
      .replaceAll(/\s*\n\s*\*\s?/g, ' ')
      .replaceAll('|', '\\|')
      .trim()
    return `| \`${name}\` | ${path} | ${value.replaceAll('|', '\\|')} | ${prose} |`
  })
})

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
