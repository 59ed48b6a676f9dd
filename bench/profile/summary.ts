// A CPU profile as a table: self time by the part of the program it was spent in, and the functions
// with the most of it. The profile is the inspector's (node:inspector, Profiler.Profile).

/** Of the inspector's node what is needed here. */
export interface ProfileNode {
  readonly id: number
  readonly callFrame: {
    readonly functionName: string
    readonly url: string
    /** From 0. */
    readonly lineNumber: number
  }
}

export interface CpuProfile {
  readonly nodes: readonly ProfileNode[]
  /** Node at the top of the stack for each sample, and µs since the sample before. */
  readonly samples?: readonly number[] | undefined
  readonly timeDeltas?: readonly number[] | undefined
}

export interface ProfileShare {
  readonly name: string
  /** Of the time in which the process did anything, 0 … 1. */
  readonly share: number
}

export interface ProfileSummary {
  /** Of the whole time, 0 … 1, in which the main thread did nothing. */
  readonly idleShare: number
  /** Most first. */
  readonly parts: readonly ProfileShare[]
  /** The functions with the most self time, most first. */
  readonly functions: readonly ProfileShare[]
}

/** Functions in the table. */
export const profileFunctionsMax = 25

const parts: readonly (readonly [RegExp, string])[] = [
  [/\/raft\/core\//, 'raft/core'],
  [/\/raft\/driver\//, 'raft/driver'],
  [/\/raft\/wire\//, 'raft/wire (codec)'],
  [/\/storage\//, 'storage (write-ahead log)'],
  [/\/runtime\/file-disk/, 'runtime/file-disk'],
  [/\/runtime\//, 'runtime (gRPC transport)'],
  [/\/base\//, 'base'],
  [/\/bench\//, 'bench (clients)'],
  [/\/scheduler\/rpc\//, 'scheduler/rpc'],
  [/\/scheduler\/core\//, 'scheduler/core'],
  [/\/scheduler\//, 'scheduler/replication'],
  [/\/@grpc\//, 'grpc-js'],
  [/protobufjs|proto-loader|\/long\//, 'protobuf'],
  [/^node:.*(http2|net|stream|tls|dgram)/, 'node: http2, net, streams'],
  [/^node:.*(fs|zlib)/, 'node: fs'],
  [/^node:/, 'node: other'],
  [/\/node_modules\//, 'other packages'],
]

/** The part of the program a function belongs to. */
export function partOf({ functionName, url }: ProfileNode['callFrame']): string {
  if (functionName === '(garbage collector)') return 'garbage collector'
  if (functionName === '(idle)') return '(idle)'
  if (isProfiler(functionName, url)) return '(profiler)'
  // System calls, the C++ of Node and V8's own work have no script.
  if (url === '') return 'native code and system calls'
  return parts.find(([pattern]) => pattern.test(url))?.[1] ?? 'other'
}

/** The inspector's own work at the begin and the end: as much as a second of a large program. */
function isProfiler(functionName: string, url: string): boolean {
  return url === '' && functionName === 'dispatch'
}

/** Sums up the samples of `profile`. */
export function summarizeProfile(profile: CpuProfile): ProfileSummary {
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]))
  const byPart = new Map<string, number>()
  const byFunction = new Map<string, number>()
  let total = 0
  const { samples = [], timeDeltas = [] } = profile
  for (const [i, id] of samples.entries()) {
    const node = nodes.get(id)
    const spent = Math.max(timeDeltas[i] ?? 0, 0)
    if (node === undefined || partOf(node.callFrame) === '(profiler)') continue
    total += spent
    const part = partOf(node.callFrame)
    byPart.set(part, (byPart.get(part) ?? 0) + spent)
    const name = functionOf(node)
    byFunction.set(name, (byFunction.get(name) ?? 0) + spent)
  }
  const idle = byPart.get('(idle)') ?? 0
  byPart.delete('(idle)')
  byFunction.delete('(idle)')
  const busy = Math.max(total - idle, 1)
  return {
    idleShare: idle / Math.max(total, 1),
    parts: shares(byPart, busy),
    functions: shares(byFunction, busy).slice(0, profileFunctionsMax),
  }
}

function functionOf({ callFrame }: ProfileNode): string {
  const { functionName, url, lineNumber } = callFrame
  const name = functionName === '' ? '(anonymous)' : functionName
  if (url === '') return name
  const place = url.split('/').slice(-2).join('/')
  return `${name} ${place}:${lineNumber + 1}`
}

function shares(spent: ReadonlyMap<string, number>, busy: number): ProfileShare[] {
  return [...spent]
    .map(([name, time]) => ({ name, share: time / busy }))
    .sort((a, b) => b.share - a.share)
}
