// Copies what the compiler does not: proto files and the console's pages, next to the code that
// reads them, and marks the commands executable.
import { chmodSync, cpSync, existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const isAsset = (name) => !/\.(ts|tsx)$/.test(name) && !name.endsWith('tsconfig.json')

for (const folder of ['proto', 'manager/web']) {
  if (!existsSync(root + folder)) continue
  cpSync(root + folder, `${root}dist/${folder}`, { recursive: true, filter: isAsset })
}
const { bin } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'))
for (const path of Object.values(bin)) {
  if (existsSync(root + path)) chmodSync(root + path, 0o755)
}
