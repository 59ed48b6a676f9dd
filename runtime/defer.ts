/**
 * Runs `run` when the present callback and what it has set off are done, before any other IO: what
 * came together shares it, and what it writes leaves with this turn of the event loop.
 */
export function afterThisCallback(run: () => void): void {
  process.nextTick(run)
}

/** Runs `run` after the IO of this turn of the event loop, so that what came together shares it. */
export function afterThisTurn(run: () => void): void {
  setImmediate(run)
}
