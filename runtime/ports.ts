// The ports that need nothing but Node, for entries that must not load protos and gRPC.
export { randomId, systemRandom } from './crypto-random.ts'
export { FileDisk } from './file-disk.ts'
export { SystemClock } from './system-clock.ts'
