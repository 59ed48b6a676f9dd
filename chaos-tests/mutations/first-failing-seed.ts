// `node first-failing-seed.js COUNT`: runs seeds 1 … COUNT until one fails. Prints what was wrong
// and exits 1, or exits 0.
import { runSeed } from '../sim/run-seed.ts'

const count = Number(process.argv[2])

// Not in a promise reaction: the simulator runs those itself.
setImmediate(() => {
  for (let seed = 1; seed <= count; seed += 1) {
    const { failure } = runSeed(seed, {})
    if (failure === undefined) continue
    console.log(JSON.stringify({ message: failure.message, count: seed }))
    process.exitCode = 1
    return
  }
})
