#!/usr/bin/env node
// dfget: downloads a URL through the daemon of this host, or without one directly.
import { runAsProcess } from './cli/process-io.ts'
import { runDfget } from './cli/run-dfget.ts'

await runAsProcess(runDfget)
