import { mkdirSync } from 'node:fs'
import { join } from 'node:path'

/** The folder `name` in `directory`, made when it is not there. */
export function folder(directory: string, name: string): string {
  const path = join(directory, name)
  mkdirSync(path, { recursive: true })
  return path
}
