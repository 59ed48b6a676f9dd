export type {
  AnyCommand,
  CommandContext,
  CommandDefinition,
  CommandOutcome,
  CommandRequest,
  ContinuationDefinition,
  Domain,
  FrameworkRefusal,
  SessionRef,
  StateEvent,
} from './command.ts'
export { commandRequest, defineCommand } from './command.ts'
export { StateError } from './errors.ts'
export type { StateErrorCode } from './errors.ts'
export { CommandLimitError } from './state-access.ts'
export type { IndexRange, StateReader, Transaction } from './state-access.ts'
export { defineTable, slottedTableBytes, tableBytes } from './table-definition.ts'
export type {
  AnyTable,
  IndexDefinition,
  KeyPart,
  OrderValue,
  RowFunction,
  RowId,
  TableDefinition,
} from './table-definition.ts'
export { FieldReader, WireFormatError } from './wire.ts'
export type { Wire } from './wire.ts'
