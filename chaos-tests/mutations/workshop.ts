// A copy of the sources to make mistakes in. The product itself is never touched.
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { edit } from './mutation.ts'
import type { Mutation } from './mutation.ts'

/** What the checks need. */
const copied = [
  'base',
  'raft',
  'storage',
  'proto',
  'runtime',
  'client',
  'scheduler',
  'chaos-tests',
  'package.json',
  'tsconfig.base.json',
  'vitest.config.ts',
]

/** Builds everything the simulator is made of, without looking at types: mistakes may be odd. */
const buildConfiguration = {
  extends: './tsconfig.base.json',
  compilerOptions: {
    composite: false,
    declaration: false,
    sourceMap: false,
    noCheck: true,
    rootDir: '.',
    outDir: 'dist',
    tsBuildInfoFile: undefined,
  },
  include: ['base', 'raft', 'storage', 'scheduler/core', 'scheduler/replication', 'chaos-tests'],
  exclude: ['**/*.test.ts', '**/*.suite.ts'],
}

/** File name of that configuration. */
export const buildFile = 'tsconfig.mutations.json'

/** One copy; its checks run one after another. */
export class Workshop {
  readonly root: string

  private constructor(root: string) {
    this.root = root
  }

  /** Copies the sources that lie at `from`. */
  static async open(from: string): Promise<Workshop> {
    const root = await mkdtemp(join(tmpdir(), 'damselfly-mutations-'))
    for (const name of copied) {
      await cp(join(from, name), join(root, name), {
        recursive: true,
        // The project files name folders that are not copied.
        filter: (path) => !['node_modules', 'dist', 'tsconfig.json'].includes(basename(path)),
      })
    }
    await symlink(join(from, 'node_modules'), join(root, 'node_modules'))
    await writeFile(join(root, buildFile), JSON.stringify(buildConfiguration))
    return new Workshop(root)
  }

  /** Makes the mistake while `work` runs, and undoes it. Throws when the edit does not fit. */
  async with<Value>(mutation: Mutation, work: () => Promise<Value>): Promise<Value> {
    const path = join(this.root, mutation.file)
    const text = await readFile(path, 'utf8')
    const edited = edit(text, mutation)
    if (!edited.ok) throw new Error(`${mutation.id}: ${edited.reason} in ${mutation.file}`)
    await writeFile(path, edited.text)
    try {
      return await work()
    } finally {
      await writeFile(path, text)
    }
  }

  async close(): Promise<void> {
    await rm(this.root, { recursive: true, force: true })
  }
}
