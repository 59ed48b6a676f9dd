// What Node says of the process itself: memory, CPU, files, event loop, garbage collection. Once a
// process, however many schedulers it has run: prom-client leaves its observers behind.
import { collectDefaultMetrics, Registry } from 'prom-client'

let registry: Registry | undefined

/** Families `process_…` and `nodejs_…` of this process; observed from the first call on. */
export function processMetrics(): Registry {
  if (registry === undefined) {
    registry = new Registry()
    collectDefaultMetrics({ register: registry })
  }
  return registry
}
