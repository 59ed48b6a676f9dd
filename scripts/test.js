// `npm test`: build, then every test; the last line says `N passed, N failed`.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readCommandLine } from './command-line.js'

readCommandLine(`usage: npm test

Builds, then runs every test; the last line says how many passed and failed.
`)

const root = fileURLToPath(new URL('..', import.meta.url))
const run = (command, args) => spawnSync(command, args, { cwd: root, stdio: 'inherit' }).status ?? 1

const finish = (passed, failed) => {
  console.log(`${passed} passed, ${failed} failed`)
  process.exit(failed === 0 && passed > 0 ? 0 : 1)
}

if (run('npm', ['run', '--silent', 'build']) !== 0) finish(0, 1)

const folder = mkdtempSync(join(tmpdir(), 'damselfly-test-'))
const report = join(folder, 'report.json')
const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
const status = run(`${root}node_modules/.bin/vitest`, ['run', ...reporters])
let counts
try {
  counts = JSON.parse(readFileSync(report, 'utf8'))
} catch {
  counts = { numPassedTests: 0, numFailedTests: 1, numFailedTestSuites: 0 }
}
rmSync(folder, { recursive: true, force: true })
// A suite that cannot even be collected has no failed tests of its own.
const brokenSuites = counts.numFailedTests === 0 ? counts.numFailedTestSuites : 0
const unexplained = status !== 0 && counts.numFailedTests + brokenSuites === 0 ? 1 : 0
finish(counts.numPassedTests, counts.numFailedTests + brokenSuites + unexplained)
