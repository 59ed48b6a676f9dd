// `npm run e2e -- GROUP [--full]`: a group's checks on real processes, a line with its figure each.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { messageOf } from '../base/index.ts'
import { LocalCluster } from './processes/local-cluster.ts'
import { ownClusterItems, sharedItems } from './processes/members/items.ts'
import { MemberCluster } from './processes/members/member-cluster.ts'
import * as membersScales from './processes/members/steps.ts'
import type { MembersScale } from './processes/members/steps.ts'
import { items } from './processes/path/items.ts'
import { fullScale, shortScale } from './processes/path/scale.ts'
import { schedulerItems } from './processes/scheduler/items.ts'
import * as schedulerScales from './processes/scheduler/steps.ts'

const usage = `usage: npm run e2e -- GROUP [--full] [--only TEXT] [--keep]

groups:
  path       import, export, dfget and what must survive the death of schedulers
  members    schedulers that come, go, lose their disks and come back
  scheduler  clients of both APIs while schedulers die, and what bad clients may do

  --full  the sizes and rounds of record instead of the short ones of npm test
  --only  only the items whose title holds TEXT
  --keep  leave the shared cluster's folder behind, logs included
`

interface Options {
  readonly isFull: boolean
  readonly only: string
  readonly isKept: boolean
}

interface Titled {
  readonly title: string
}

/** Runs items whose title is asked for, one after another; resolves with how many failed. */
async function runItems<Item extends Titled>(
  all: readonly Item[],
  { only }: Options,
  run: (item: Item) => Promise<string>,
): Promise<number> {
  let failed = 0
  for (const item of all.filter(({ title }) => title.includes(only))) {
    try {
      console.log(`ok      ${item.title}: ${await run(item)}`)
    } catch (error) {
      failed += 1
      console.log(`FAILED  ${item.title}: ${messageOf(error)}`)
    }
  }
  return failed
}

async function runPath(options: Options): Promise<number> {
  const { isFull, isKept } = options
  const scale = isFull ? fullScale : shortScale
  const folder = mkdtempSync(join(tmpdir(), 'damselfly-files-'))
  const cluster = await LocalCluster.start({ flags: ['--announce-interval', '2s'] })
  try {
    return await runItems(items, options, (item) => item.run(cluster, scale, folder))
  } finally {
    await cluster.stop({ isKept })
    if (isKept) console.log(`kept ${cluster.dir}`)
    rmSync(folder, { recursive: true, force: true })
  }
}

async function runMembers(options: Options): Promise<number> {
  const scale = options.isFull ? membersScales.fullScale : membersScales.shortScale
  const isShared = sharedItems.some(({ title }) => title.includes(options.only))
  const failed = isShared ? await runSharedMembers(options, scale) : 0
  return failed + (await runItems(ownClusterItems, options, (item) => item.run(scale)))
}

async function runSharedMembers(options: Options, scale: MembersScale): Promise<number> {
  const cluster = await MemberCluster.start({ initial: 3, spare: 1 })
  try {
    return await runItems(sharedItems, options, (item) => item.run(cluster, scale))
  } finally {
    await cluster.stop(options)
    if (options.isKept) console.log(`kept ${cluster.dir}`)
  }
}

async function runScheduler(options: Options): Promise<number> {
  const { fullScale: full, shortScale: short } = schedulerScales
  const cluster = await MemberCluster.start({ initial: 3 })
  try {
    return await runItems(schedulerItems, options, (item) =>
      item.run(cluster, options.isFull ? full : short),
    )
  } finally {
    await cluster.stop(options)
    if (options.isKept) console.log(`kept ${cluster.dir}`)
  }
}

/** Each resolves with how many of its items failed. */
const groups: Readonly<Record<string, (options: Options) => Promise<number>>> = {
  path: runPath,
  members: runMembers,
  scheduler: runScheduler,
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
  const runGroup = groups[group]
  if (runGroup === undefined) return refuse(`unknown group ${group}`)
  if (extra !== undefined) return refuse(`unexpected argument ${extra}`)
  const { full: isFull, only, keep: isKept } = values
  return (await runGroup({ isFull, only, isKept })) === 0 ? 0 : 1
}

process.exitCode = await main()
