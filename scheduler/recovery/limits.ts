// Bounds of this folder by name; docs/limits.md lists them.
import { MiB } from '../../base/index.ts'

/** Bytes of a file that are copied at a time. */
export const recoveryCopyBytes = 1 * MiB

/** Entries of a survivor's log that are applied at a time. */
export const recoveryApplyEntries = 1024
