// `npm run e2e -- GROUP [--full]`: a group's checks on real processes, a line with its figure each.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { messageOf } from '../base/index.ts'
import { LocalCluster } from './processes/local-cluster.ts'
import { items } from './processes/path/items.ts'
import { fullScale, shortScale } from './processes/path/scale.ts'

const usage = `usage: npm run e2e -- GROUP [--full] [--only TEXT] [--keep]

groups:
  path    import, export, dfget and what must survive the death of schedulers

  --full  the sizes and rounds of record instead of the short ones of npm test
  --only  only the items whose title holds TEXT
  --keep  leave the cluster's folder behind, logs included
`

/** Runs every item of the path; resolves with how many failed. */
async function runPath(isFull: boolean, only: string, isKept: boolean): Promise<number> {
  const scale = isFull ? fullScale : shortScale
  const folder = mkdtempSync(join(tmpdir(), 'damselfly-files-'))
  const cluster = await LocalCluster.start({ flags: ['--announce-interval', '2s'] })
  let failed = 0
  try {
    for (const item of items.filter(({ title }) => title.includes(only))) {
      try {
        console.log(`ok      ${item.title}: ${await item.run(cluster, scale, folder)}`)
      } catch (error) {
        failed += 1
        console.log(`FAILED  ${item.title}: ${messageOf(error)}`)
      }
    }
  } finally {
    await cluster.stop({ isKept })
    if (isKept) console.log(`kept ${cluster.dir}`)
    rmSync(folder, { recursive: true, force: true })
  }
  return failed
}

function readArguments() {
  return parseArgs({
    allowPositionals: true,
    options: {
      full: { type: 'boolean', default: false },
      only: { type: 'string', default: '' },
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
}

/** Says in one line what is wrong with the command line. */
function refuse(reason: string): number {
  console.error(`${reason.split('\n')[0]}; ${usage.split('\n')[0]}`)
  return 2
}

async function main(): Promise<number> {
  let read: ReturnType<typeof readArguments>
  try {
    read = readArguments()
  } catch (error) {
    return refuse(messageOf(error))
  }
  const { values, positionals } = read
  if (values.help) {
    console.log(usage.trimEnd())
    return 0
  }
  const [group, extra] = positionals
  if (group === undefined) return refuse('a group is missing')
  if (group !== 'path') return refuse(`unknown group ${group}`)
  if (extra !== undefined) return refuse(`unexpected argument ${extra}`)
  return (await runPath(values.full, values.only, values.keep)) === 0 ? 0 : 1
}

process.exitCode = await main()
