export { assert, AssertionError, unreachable } from './assert.ts'
export { BoundedQueue } from './bounded-queue.ts'
export {
  compareBytes,
  compareUtf8,
  concatBytes,
  equalBytes,
  fromHex,
  toHex,
  utf8Decode,
  utf8Encode,
} from './bytes.ts'
export type { CancelSignal } from './cancel.ts'
export type { Clock, Timer } from './clock.ts'
export { crc32c } from './crc32c.ts'
export { DiskError } from './disk.ts'
export type { Disk, DiskErrorCode, DiskFile, DiskStat, OpenMode } from './disk.ts'
export { CodedError, isCoded, messageOf } from './errors.ts'
export type { Http, HttpRequest, HttpResponse } from './http.ts'
export { startAll, stopAll } from './lifecycle.ts'
export type { Service } from './lifecycle.ts'
export { nullLogger } from './logger.ts'
export type { Logger, LogFields } from './logger.ts'
export { nearest } from './nearest.ts'
export { Prng } from './random.ts'
export type { Random } from './random.ts'
export { sleep } from './sleep.ts'
export type { Transport } from './transport.ts'
export { VirtualClock } from './virtual-clock.ts'
export { GiB, hourMs, KiB, MiB, minuteMs, secondMs } from './units.ts'
