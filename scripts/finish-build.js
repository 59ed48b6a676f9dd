// What the compiler leaves to do: removes outputs whose source is gone, copies proto files and the
// console's pages next to the code that reads them, and marks the commands executable.
import { chmodSync, cpSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const isAsset = (name) => !/\.(ts|tsx)$/.test(name) && !name.endsWith('tsconfig.json')

/** Whether `path`, relative to dist, is a copy or is compiled from a file that is still there. */
function hasSource(path) {
  const compiled = path.replace(/(\.d\.ts|\.js)(\.map)?$/, '.ts')
  return existsSync(root + path) || (compiled !== path && existsSync(root + compiled))
}

/** Removes what has no source from `folder`, relative to dist. */
function removeStale(folder) {
  for (const item of readdirSync(join(root, 'dist', folder), { withFileTypes: true })) {
    const path = join(folder, item.name)
    // The compiler's own notes have no source.
    if (path === '.tsbuild') continue
    const isFolder = item.isDirectory()
    if (isFolder && existsSync(root + path)) removeStale(path)
    else if (isFolder || !hasSource(path))
      rmSync(join(root, 'dist', path), { recursive: true, force: true })
  }
}

removeStale('')
for (const folder of ['proto', 'manager/web']) {
  if (!existsSync(root + folder)) continue
  cpSync(root + folder, `${root}dist/${folder}`, { recursive: true, filter: isAsset })
}
const { bin } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'))
for (const path of Object.values(bin)) {
  if (existsSync(root + path)) chmodSync(root + path, 0o755)
}
