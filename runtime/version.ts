import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

let version: string | undefined

/** Version of the package these commands belong to. */
export function packageVersion(): string {
  version ??= findVersion(dirname(fileURLToPath(import.meta.url)))
  return version
}

/** The sources and the compiled files lie at different depths below package.json. */
function findVersion(directory: string): string {
  for (let at = directory; ; at = dirname(at)) {
    try {
      const { name, version: found } = JSON.parse(
        readFileSync(join(at, 'package.json'), 'utf8'),
      ) as { name?: string; version?: string }
      if (name === 'damselfly' && found !== undefined) return found
    } catch {
      // No package.json here; the next directory up may have it.
    }
    if (dirname(at) === at) return 'unknown'
  }
}
