#!/usr/bin/env node
// `npm run mutations`: makes every mistake of the catalogue in a copy of the sources and says who
// noticed.
import { cwd } from 'node:process'
import { parseArgs } from 'node:util'
import { messageOf } from '../../base/index.ts'
import { SystemClock } from '../../runtime/index.ts'
import { mutations } from './catalogue.ts'
import { describeLine, isCaught, runMutations, runWithoutMistake } from './gate.ts'

const usage = `usage: npm run mutations -- [--only ID,…] [--workers N] [--list]

Makes each named mistake in a copy of the sources, one at a time, and runs the checks that have to
notice it. Fails when one survives, when an edit no longer fits its file, or when a check fails
without any mistake. Run it from the folder of the package.

  --only     only these mistakes
  --workers  copies that work side by side (2)
  --list     say what the mistakes are, and make none
`

function readArguments() {
  return parseArgs({
    options: {
      only: { type: 'string', default: '' },
      workers: { type: 'string', default: '2' },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  }).values
}

/** Says in one line what is wrong with the command line. */
function refuse(reason: string): number {
  console.error(`${reason.split('\n')[0]}; ${usage.split('\n')[0]}`)
  return 2
}

async function main(): Promise<number> {
  let values: ReturnType<typeof readArguments>
  try {
    values = readArguments()
  } catch (error) {
    return refuse(messageOf(error))
  }
  if (values.help) {
    console.log(usage)
    return 0
  }
  const wanted = values.only === '' ? [] : values.only.split(',')
  const unknown = wanted.find((id) => !mutations.some((mutation) => mutation.id === id))
  if (unknown !== undefined) return refuse(`there is no mistake '${unknown}'`)
  const workers = Number(values.workers)
  if (!Number.isInteger(workers) || workers < 1) return refuse('--workers is a number from 1')
  const chosen = mutations.filter(({ id }) => wanted.length === 0 || wanted.includes(id))
  if (values.list) {
    for (const { id, rule, what } of chosen) console.log(`${id.padEnd(36)} ${what} (${rule})`)
    return 0
  }
  const complaint = await runWithoutMistake(chosen, { from: cwd() })
  if (complaint !== undefined) {
    console.error(complaint)
    return 1
  }
  console.log(`${'mistake'.padEnd(36)} seeds seconds  noticed by`)
  const lines = await runMutations(chosen, {
    from: cwd(),
    workers,
    onLine: (line) => console.log(describeLine(line)),
    clock: new SystemClock(),
  })
  const survived = new Set(lines.filter((line) => !isCaught(line)).map(({ id }) => id))
  console.log(`${chosen.length - survived.size} caught, ${survived.size} survived`)
  return survived.size === 0 ? 0 : 1
}

process.exitCode = await main()
