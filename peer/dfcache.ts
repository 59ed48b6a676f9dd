#!/usr/bin/env node
// dfcache: puts files into the cluster and takes them out again.
import { runAsProcess } from './cli/process-io.ts'
import { runDfcache } from './cli/run-dfcache.ts'

await runAsProcess(runDfcache)
