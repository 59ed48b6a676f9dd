// What commands on files and directories of a cluster that does not run have in common.
import { nullLogger } from '../base/index.ts'
import { FileDisk, SystemClock, systemRandom, UsageError } from '../runtime/index.ts'
import type { RecoveryDeps } from '../scheduler/recovery/index.ts'

/** What the offline commands work with. */
export function offlineDeps(): RecoveryDeps {
  const { random } = systemRandom()
  return { clock: new SystemClock(), random, logger: nullLogger, disk: new FileDisk() }
}

/** Name and address of a member as its own flags will say them. @throws UsageError */
export function requireMember(place: {
  readonly hostId: string
  readonly raftAddress: string
}): void {
  if (!/^[A-Za-z0-9._:[\]-]{1,255}$/.test(place.hostId)) {
    throw new UsageError('CONF_INVALID_VALUE', `--host-id "${place.hostId}" is no name of a host`)
  }
  const port = /^\S{1,248}:(\d{1,5})$/.exec(place.raftAddress)?.[1]
  if (port === undefined || Number(port) < 1 || Number(port) > 65_535) {
    throw new UsageError(
      'CONF_INVALID_VALUE',
      `--raft-address "${place.raftAddress}" is not host:port`,
    )
  }
}
