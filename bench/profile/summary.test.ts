import { expect, test } from 'vitest'
import { partOf, profileFunctionsMax, summarizeProfile } from './summary.ts'
import type { ProfileNode } from './summary.ts'

const frame = (functionName: string, url: string, lineNumber = 0) => ({
  functionName,
  url,
  lineNumber,
})

test.each([
  ['step', 'file:///a/dist/raft/core/raft.js', 'raft/core'],
  ['#turn', 'file:///a/dist/raft/driver/raft-node.js', 'raft/driver'],
  ['encodeMessage', 'file:///a/dist/raft/wire/message-codec.js', 'raft/wire (codec)'],
  ['#pump', 'file:///a/dist/storage/wal/write-ahead-log.js', 'storage (write-ahead log)'],
  ['write', 'file:///a/dist/runtime/file-disk.js', 'runtime/file-disk'],
  ['#flush', 'file:///a/dist/runtime/grpc-raft-transport-link.js', 'runtime (gRPC transport)'],
  ['operate', 'file:///a/dist/bench/raft/member.js', 'bench (clients)'],
  ['unary', 'file:///a/dist/scheduler/rpc/unary.js', 'scheduler/rpc'],
  ['rank', 'file:///a/dist/scheduler/core/candidate.js', 'scheduler/core'],
  ['apply', 'file:///a/dist/scheduler/replication/commands/sweep.js', 'scheduler/replication'],
  ['dispatch', '', '(profiler)'],
  ['write', 'file:///a/node_modules/@grpc/grpc-js/build/src/call.js', 'grpc-js'],
  ['encode', 'file:///a/node_modules/protobufjs/src/writer.js', 'protobuf'],
  ['writeGeneric', 'node:internal/stream_base_commons', 'node: http2, net, streams'],
  ['write', 'node:internal/fs/promises', 'node: fs'],
  ['processTicksAndRejections', 'node:internal/process/task_queues', 'node: other'],
  ['(garbage collector)', '', 'garbage collector'],
  ['(program)', '', 'native code and system calls'],
  ['pino', 'file:///a/node_modules/pino/pino.js', 'other packages'],
])('%s of %s belongs to %s', (name, url, part) => {
  expect(partOf(frame(name, url))).toBe(part)
})

test('what the profiler itself takes is left out', () => {
  const nodes: ProfileNode[] = [
    { id: 1, callFrame: frame('dispatch', '') },
    { id: 2, callFrame: frame('step', 'file:///d/raft/core/raft.js', 9) },
  ]
  const summary = summarizeProfile({ nodes, samples: [1, 2, 1], timeDeltas: [700, 100, 900] })
  expect(summary).toMatchObject({ idleShare: 0, parts: [{ name: 'raft/core', share: 1 }] })
})

test('self time is shared out among the parts, idle time apart', () => {
  const nodes: ProfileNode[] = [
    { id: 1, callFrame: frame('(idle)', '') },
    { id: 2, callFrame: frame('step', 'file:///d/raft/core/raft.js', 9) },
    { id: 3, callFrame: frame('', 'file:///d/raft/driver/raft-node.js', 19) },
    // The same function, called from elsewhere.
    { id: 4, callFrame: frame('step', 'file:///d/raft/core/raft.js', 9) },
  ]
  const samples = [1, 2, 3, 4, 1]
  const timeDeltas = [300, 100, 200, 100, 300]
  expect(summarizeProfile({ nodes, samples, timeDeltas })).toEqual({
    idleShare: 0.6,
    parts: [
      { name: 'raft/core', share: 0.5 },
      { name: 'raft/driver', share: 0.5 },
    ],
    functions: [
      { name: 'step core/raft.js:10', share: 0.5 },
      { name: '(anonymous) driver/raft-node.js:20', share: 0.5 },
    ],
  })
})

test('a clock that went back and a sample of no node count as nothing', () => {
  const nodes = [{ id: 1, callFrame: frame('step', 'file:///d/raft/core/raft.js') }]
  const { parts } = summarizeProfile({ nodes, samples: [1, 7, 1], timeDeltas: [-5, 50, 10] })
  expect(parts).toEqual([{ name: 'raft/core', share: 1 }])
})

test('the table of functions is bounded', () => {
  const count = profileFunctionsMax + 5
  const nodes = Array.from({ length: count }, (_, i) => ({
    id: i + 1,
    callFrame: frame(`f${i}`, 'file:///d/raft/core/raft.js'),
  }))
  const samples = nodes.map(({ id }) => id)
  const timeDeltas = samples.map(() => 1)
  const { functions } = summarizeProfile({ nodes, samples, timeDeltas })
  expect(functions).toHaveLength(profileFunctionsMax)
})

test('an empty profile has no shares', () => {
  expect(summarizeProfile({ nodes: [] })).toEqual({ idleShare: 0, parts: [], functions: [] })
})
