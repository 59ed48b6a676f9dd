// Switching a feature on: at one log index for all, and only when every member can follow. What the
// leader saw may have changed when the entry is applied, so apply looks again.
import { defineCommand } from './command.ts'
import { StateError } from './errors.ts'
import { withdrawJoins } from './join-commands.ts'
import { featuresMax, membersMax } from './limits.ts'
import { featureNameLengthMax, featureTable } from './rows/feature.ts'
import { memberTable } from './rows/member.ts'
import { memberSupportTable } from './rows/member-support.ts'
import type { CommandDefinition, StateEvent } from './command.ts'
import type { StateReader } from './state-access.ts'

/** Switches a feature on. */
export interface EnableFeature {
  readonly name: string
}

export type EnableFeatureResult =
  | { readonly ok: true }
  /** `unsupported`: a member does not know it, or has not said yet what it knows. */
  | { readonly ok: false; readonly reason: 'already-on' | 'unsupported' | 'too-many' }

/** Emitted when a feature was switched on. */
export interface FeatureEnabled extends StateEvent {
  readonly type: 'feature-enabled'
  readonly name: string
}

/**
 * Switches a feature on for good. A replica whose program does not know it stops with
 * `SCHED_UNSUPPORTED_COMMAND`: from here on it would part from the others.
 */
export function enableFeatureCommand(
  supported: readonly string[],
): CommandDefinition<EnableFeature, EnableFeatureResult> {
  return defineCommand<EnableFeature, EnableFeatureResult>({
    kind: 12,
    kindVersion: 1,
    name: 'enable-feature',
    encode: (body) => [body.name],
    decode: (fields) => ({ name: fields.text(featureNameLengthMax) }),
    apply(tx, { name }, context) {
      if (tx.get(featureTable, name) !== undefined) return { ok: false, reason: 'already-on' }
      if (!isSupportedByAll(tx, name)) return { ok: false, reason: 'unsupported' }
      if (tx.count(featureTable) >= featuresMax) return { ok: false, reason: 'too-many' }
      requireSupport(supported, [name])
      tx.put(featureTable, { name, enabledAtIndex: context.index })
      // Whoever asked to join before was not asked whether it knows the feature.
      withdrawJoins(tx, () => true, 'feature-enabled', context)
      const enabled: FeatureEnabled = { type: 'feature-enabled', name }
      context.emit(enabled)
      return { ok: true }
    },
  })
}

/** Whether every member has said that it knows the feature. */
export function isSupportedByAll(reader: Pick<StateReader, 'get' | 'list'>, name: string): boolean {
  return reader.list(memberTable, 'byReplica', { limit: membersMax }).every(({ replicaId }) => {
    return reader.get(memberSupportTable, replicaId)?.features.includes(name) === true
  })
}

/** Names of the features that are on, in order. */
export function featuresOn(reader: Pick<StateReader, 'list'>): readonly string[] {
  return reader.list(featureTable, 'byName', { limit: featuresMax }).map(({ name }) => name)
}

/** @throws StateError SCHED_UNSUPPORTED_COMMAND that names what this program does not know */
export function requireSupport(supported: readonly string[], names: readonly string[]): void {
  const missing = names.filter((name) => !supported.includes(name))
  if (missing.length === 0) return
  const message =
    `the cluster uses ${missing.join(', ')}, which this program does not know: ` +
    'start a version that does'
  throw new StateError('SCHED_UNSUPPORTED_COMMAND', message)
}
