import { CodedError } from '../base/index.ts'

/** Damage that must be refused, never guessed around. */
export type StorageCorruptCode =
  /** A log segment does not say what was written to it. */
  | 'STORE_LOG_CORRUPT'
  /** The log is older than its witness says it was: acknowledged writes or votes are gone. */
  | 'STORE_LOG_ROLLED_BACK'
  /** The log ends before what the cluster saw this very disk acknowledge: it was set back. */
  | 'STORE_REVERTED'
  /** The log of an instance is gone, wholly or its witness. */
  | 'STORE_LOG_MISSING'
  /** The log ends before what the state has already applied. */
  | 'STORE_LOG_BEHIND_STATE'
  /** The log begins after what the state has applied, so the state cannot catch up from it. */
  | 'STORE_STATE_BEHIND_LOG'
  /** The state store or its pointer does not say what was written to it. */
  | 'STORE_STATE_CORRUPT'
  /** The state store of an instance is gone. */
  | 'STORE_STATE_MISSING'
  /** `identity.json` or another sealed file is damaged. */
  | 'STORE_IDENTITY_CORRUPT'
  /** There is a log or a state, and no identity that says whose. */
  | 'STORE_IDENTITY_MISSING'

/** Storage that cannot be trusted. `path` names the file, `offsetBytes` where in it, if known. */
export class StorageCorruptError extends CodedError {
  override readonly name = 'StorageCorruptError'
  declare readonly code: StorageCorruptCode
  readonly path: string
  readonly offsetBytes: number | undefined

  constructor(
    code: StorageCorruptCode,
    message: string,
    where: { readonly path: string; readonly offsetBytes?: number; readonly cause?: unknown },
  ) {
    const at = where.offsetBytes === undefined ? '' : ` at byte ${where.offsetBytes}`
    super(code, `${message} (${where.path}${at})`, { cause: where.cause })
    this.path = where.path
    this.offsetBytes = where.offsetBytes
  }
}

/** Intact storage that this process must not use. */
export type StorageRefusedCode =
  /** Another process has the data directory open. */
  | 'STORE_DIRECTORY_LOCKED'
  /** The data directory lies inside another one. */
  | 'STORE_DIRECTORY_NESTED'
  /** The path is not absolute, or something that is not a directory is there. */
  | 'STORE_DIRECTORY_UNUSABLE'
  /** The directory has another format than this release understands. */
  | 'STORE_FORMAT_UNSUPPORTED'
  /** The directory belongs to another cluster than the one asked for. */
  | 'STORE_WRONG_CLUSTER'
  /** A file belongs to another replica or incarnation than the directory it lies in. */
  | 'STORE_WRONG_IDENTITY'
  /** The directory holds several instances and nothing says which one to start. */
  | 'STORE_SEVERAL_INSTANCES'
  /** The directory had an instance that is now in quarantine: it is not a fresh one. */
  | 'STORE_QUARANTINED'
  /** The cluster knows this member by another incarnation: its data are lost (it never votes). */
  | 'STORE_WIPED_MEMBER'
  /** A command needs an instance, and the directory holds none. */
  | 'STORE_NO_INSTANCE'
  /** The initial members do not agree who the initial members are. */
  | 'STORE_MEMBERS_MISMATCH'

/** A refusal to use a data directory. Nothing in it was changed. */
export class StorageRefusedError extends CodedError {
  override readonly name = 'StorageRefusedError'
  declare readonly code: StorageRefusedCode
  readonly path: string

  constructor(code: StorageRefusedCode, message: string, path: string, cause?: unknown) {
    super(code, `${message} (${path})`, { cause })
    this.path = path
  }
}

/** `STORE_LOG_FAILED`: a write failed and the replica must stop. `STORE_CLOSED`: it was closed. */
export type StorageStoppedCode = 'STORE_LOG_FAILED' | 'STORE_STATE_FAILED' | 'STORE_CLOSED'

/** An open log or store that takes nothing any more; `cause` is the first failure. */
export class StorageStoppedError extends CodedError {
  override readonly name = 'StorageStoppedError'
  declare readonly code: StorageStoppedCode

  constructor(code: StorageStoppedCode, message: string, cause?: unknown) {
    super(code, message, { cause })
  }
}
