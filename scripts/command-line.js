// The command line of the scripts: `--help` prints the usage and ends with 0; what is wrong is told
// in one line and ends with 2.
import { parseArgs } from 'node:util'

/** Tells what is wrong and ends. */
export function refuse(usage, reason) {
  const [synopsis] = usage.split('\n')
  console.error(`${reason.split('\n')[0]}; ${synopsis}`)
  process.exit(2)
}

/** Values of `options` (as `parseArgs` takes them) and up to `wordsMax` words. */
export function readCommandLine(usage, { options = {}, wordsMax = 0 } = {}) {
  let read
  try {
    const help = { type: 'boolean', default: false }
    read = parseArgs({ options: { ...options, help }, allowPositionals: true })
  } catch (error) {
    refuse(usage, error.message)
  }
  if (read.values.help) {
    console.log(usage.trimEnd())
    process.exit(0)
  }
  const extra = read.positionals[wordsMax]
  if (extra !== undefined) refuse(usage, `unexpected argument ${extra}`)
  return { values: read.values, words: read.positionals }
}
