// All tables, commands and continuations of a state: the framework's and the domain's.
import { assert } from '../../base/index.ts'
import { noteAcknowledged } from './acknowledged-command.ts'
import { deleteConfigCommand, setConfigCommand } from './config-commands.ts'
import { noteDivergedCommand } from './divergence-command.ts'
import { enableFeatureCommand } from './feature-commands.ts'
import {
  advanceCommand,
  bootstrapCommand,
  clockTickCommand,
  closeSessionCommand,
  forgetResults,
  openSessionCommand,
} from './framework-commands.ts'
import { joinIntentCommand, noteJoinCommand } from './join-commands.ts'
import { setMemberProgress, setNodeState } from './node-state-commands.ts'
import { setOperatorToken } from './operator-token-command.ts'
import { acknowledgedTable } from './rows/acknowledged.ts'
import { clockTable } from './rows/clock.ts'
import { configTable } from './rows/config.ts'
import { continuationKindLengthMax, continuationTable } from './rows/continuation.ts'
import { digestTable } from './rows/digest.ts'
import { featureTable } from './rows/feature.ts'
import { hostBlockTable } from './rows/host-block.ts'
import { hostJoinsTable } from './rows/host-joins.ts'
import { joinTokenTable } from './rows/join-token.ts'
import { joinTable } from './rows/joins.ts'
import { memberTable } from './rows/member.ts'
import { memberProgressTable } from './rows/member-progress.ts'
import { memberSupportTable } from './rows/member-support.ts'
import { metaTable } from './rows/meta.ts'
import { removedMemberTable } from './rows/removed-member.ts'
import { resultTable } from './rows/result.ts'
import { sessionTable } from './rows/session.ts'
import { tombstoneTable } from './rows/tombstone.ts'
import { createJoinTokenCommand, revokeJoinTokenCommand } from './token-commands.ts'
import type { AnyCommand, CommandDefinition, ContinuationDefinition, Domain } from './command.ts'
import type { EnableFeature, EnableFeatureResult } from './feature-commands.ts'
import type {
  AdvanceResult,
  CloseSessionResult,
  ContinuationPlace,
  OpenSession,
  OpenSessionResult,
} from './framework-commands.ts'
import type { AnyTable } from './table-definition.ts'

/** Tables of the framework. */
const frameworkTables: readonly AnyTable[] = [
  metaTable,
  memberTable,
  configTable,
  featureTable,
  sessionTable,
  resultTable,
  clockTable,
  digestTable,
  tombstoneTable,
  continuationTable,
  memberProgressTable,
  memberSupportTable,
  joinTable,
  removedMemberTable,
  hostBlockTable,
  joinTokenTable,
  hostJoinsTable,
  acknowledgedTable,
]

/** Looks up what the log names. */
export class Registry {
  readonly domain: Domain
  readonly tables: readonly AnyTable[]
  readonly openSession: CommandDefinition<OpenSession, OpenSessionResult>
  readonly closeSession: CommandDefinition<{ readonly sessionId: number }, CloseSessionResult>
  readonly advance: CommandDefinition<ContinuationPlace, AdvanceResult>
  readonly enableFeature: CommandDefinition<EnableFeature, EnableFeatureResult>
  readonly #commands = new Map<number, AnyCommand>()

  constructor(domain: Domain) {
    this.domain = domain
    this.tables = [...frameworkTables, ...domain.tables]
    const continuations = new Map<string, ContinuationDefinition>()
    for (const continuation of [forgetResults, ...domain.continuations]) {
      assert(!continuations.has(continuation.kind), 'continuation kinds are unique')
      assert(continuation.kind.length <= continuationKindLengthMax, 'a continuation kind is short')
      continuations.set(continuation.kind, continuation)
    }
    this.openSession = openSessionCommand(domain)
    this.closeSession = closeSessionCommand(domain)
    this.advance = advanceCommand(continuations)
    this.enableFeature = enableFeatureCommand(domain.supportedFeatures)
    for (const command of domain.commands) {
      assert(command.kind >= 100, 'kinds 1 … 99 belong to the framework')
      this.#add(command)
    }
    this.#add(bootstrapCommand)
    this.#add(this.openSession)
    this.#add(this.closeSession)
    this.#add(clockTickCommand)
    this.#add(this.advance)
    this.#add(joinIntentCommand)
    this.#add(createJoinTokenCommand)
    this.#add(revokeJoinTokenCommand)
    this.#add(noteJoinCommand)
    this.#add(noteDivergedCommand)
    this.#add(setOperatorToken)
    this.#add(setNodeState)
    this.#add(setMemberProgress)
    this.#add(this.enableFeature)
    this.#add(noteAcknowledged)
    this.#add(setConfigCommand)
    this.#add(deleteConfigCommand)
  }

  /** The definition of (kind, version); undefined when this program does not know it. */
  command(kind: number, kindVersion: number): AnyCommand | undefined {
    return this.#commands.get(kind * 65_536 + kindVersion)
  }

  #add(command: AnyCommand): void {
    const { kind, kindVersion } = command
    assert(kind >= 1 && kind <= 65_535, 'a kind has 16 bits')
    assert(kindVersion >= 1 && kindVersion <= 65_535, 'a kind version has 16 bits')
    assert(!this.#commands.has(kind * 65_536 + kindVersion), 'kinds are unique')
    this.#commands.set(kind * 65_536 + kindVersion, command)
  }
}
