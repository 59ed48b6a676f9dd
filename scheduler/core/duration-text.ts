// Durations as text, without regular expressions: what is stored in the state is read in apply.
import { hourMs, minuteMs, secondMs } from '../../base/index.ts'

/** Longer texts are no durations. */
const lengthMax = 64

const units = [
  { name: 'ms', ms: 1 },
  { name: 's', ms: secondMs },
  { name: 'm', ms: minuteMs },
  { name: 'h', ms: hourMs },
  { name: 'd', ms: 24 * hourMs },
] as const

/** Milliseconds of a text such as `250ms`, `30s`, `1h30m`; undefined when it is not a duration. */
export function durationOfText(text: string): number | undefined {
  if (text === '0') return 0
  if (text === '' || text.length > lengthMax) return undefined
  let total = 0
  for (let at = 0; at < text.length;) {
    const end = skipAmount(text, at)
    const amount = end === at ? undefined : Number(text.slice(at, end))
    const unit = unitAt(text, end)
    if (amount === undefined || unit === undefined) return undefined
    total += amount * unit.ms
    at = end + unit.name.length
  }
  return Number.isSafeInteger(Math.round(total)) ? Math.round(total) : undefined
}

/** The shortest text of a duration with one unit. */
export function textOfDuration(ms: number): string {
  if (ms % hourMs === 0) return `${ms / hourMs}h`
  if (ms % minuteMs === 0) return `${ms / minuteMs}m`
  if (ms % secondMs === 0) return `${ms / secondMs}s`
  return `${ms}ms`
}

/** Behind digits, and a point with digits behind it. */
function skipAmount(text: string, from: number): number {
  const whole = skipDigits(text, from)
  if (whole === from || text[whole] !== '.') return whole
  const end = skipDigits(text, whole + 1)
  return end === whole + 1 ? from : end
}

function skipDigits(text: string, from: number): number {
  let at = from
  while (at < text.length && text[at]! >= '0' && text[at]! <= '9') at += 1
  return at
}

function unitAt(text: string, at: number): (typeof units)[number] | undefined {
  // The longer one first: `ms` begins as `m` does.
  return units.find(({ name }) => text.startsWith(name, at))
}
