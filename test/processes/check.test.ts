// The read-only half of `npm run check`, so that CI holds a change to it as well.
import { spawnSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { root } from '../source-tree.ts'

it.each(['format-check', 'lint', 'types', 'types-tests'])('npm run check: %s', (step) => {
  const { status, stdout, stderr } = spawnSync('node', ['scripts/run.js', step], {
    cwd: root,
    encoding: 'utf8',
  })
  expect(`${status}\n${stdout}${stderr}`).toMatch(/^0\n/)
})
