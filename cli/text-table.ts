// Text for people: columns, sizes, times.
import { GiB, KiB, MiB, secondMs } from '../base/index.ts'

/** Rows under a header, columns two spaces apart, each line with its newline. */
export function textTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [header, ...rows]
  const widths = header.map((_, i) => Math.max(...all.map((row) => row[i]?.length ?? 0)))
  const lines = all.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join('  ')
      .trimEnd(),
  )
  return `${lines.join('\n')}\n`
}

/** Names and values under each other. */
export function textFields(fields: readonly (readonly [name: string, value: string])[]): string {
  const width = Math.max(...fields.map(([name]) => name.length))
  return fields.map(([name, value]) => `${name.padEnd(width)}  ${value}\n`).join('')
}

/** A figure, or a dash for one that nobody knows. */
export function figure(value: number | undefined): string {
  return value === undefined ? '-' : String(value)
}

/** Bytes in the largest unit that leaves at least 1. */
export function sizeText(bytes: number): string {
  if (bytes >= GiB) return `${(bytes / GiB).toFixed(1)}GiB`
  if (bytes >= MiB) return `${(bytes / MiB).toFixed(1)}MiB`
  if (bytes >= KiB) return `${(bytes / KiB).toFixed(1)}KiB`
  return `${bytes}B`
}

/** Milliseconds below ten seconds, seconds from there on; a dash for an unknown time. */
export function ageText(ms: number | undefined): string {
  if (ms === undefined) return '-'
  return ms < 10 * secondMs ? `${Math.round(ms)}ms` : `${Math.round(ms / secondMs)}s`
}
