/** Runs `run` after the IO of this turn of the event loop, so that what came together shares it. */
export function afterThisTurn(run: () => void): void {
  setImmediate(run)
}
