#!/usr/bin/env node
// `node first-failing-seed.js FIRST COUNT`: runs so many seeds until one fails. Prints what was
// wrong and exits 1, or exits 0.
import { afterThisTurn } from '../../runtime/index.ts'
import { runSeed } from '../sim/run-seed.ts'

const first = Number(process.argv[2])
const count = Number(process.argv[3])

// Not in a promise reaction: the simulator runs those itself.
afterThisTurn(() => {
  for (let seed = first; seed < first + count; seed += 1) {
    const { failure } = runSeed(seed, {})
    if (failure === undefined) continue
    console.log(JSON.stringify({ message: failure.message, seed }))
    process.exitCode = 1
    return
  }
})
