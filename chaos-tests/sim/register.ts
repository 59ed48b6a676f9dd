// What the simulator's clients write: registers beside the scheduler's own tables, in the same
// state, through the same sessions, so that what they hear can be checked for linearizability.
import { defineCommand, defineTable, schedulerDomain } from '../../scheduler/replication/index.ts'
import type { Domain, StateReader } from '../../scheduler/replication/index.ts'
import { absent } from '../oracle/model.ts'
import type { RegisterInput, RegisterOutput } from '../oracle/model.ts'

interface RegisterRow {
  readonly key: string
  readonly value: string
}

const textLengthMax = 200
/** Not one of the product's. */
const registerTableByte = 0xf0
const registerKind = 60_000

const registerTable = defineTable<RegisterRow, 'byKey'>({
  name: 'registers',
  tableByte: registerTableByte,
  rowVersion: 1,
  id: (row) => row.key,
  keyParts: (row) => [row.key],
  encode: (row) => [row.key, row.value],
  decode: (fields) => ({ key: fields.text(textLengthMax), value: fields.text(textLengthMax) }),
  indexes: { byKey: { order: [(row) => row.key] } },
})

/** A change of one register. Reads never enter the log. */
export interface RegisterChange {
  readonly key: string
  readonly input: Exclude<RegisterInput, { kind: 'read' }>
}

/** Does what `registerModel` says, in the replicated state. */
export const changeRegister = defineCommand<RegisterChange, RegisterOutput>({
  kind: registerKind,
  kindVersion: 1,
  name: 'change-register',
  encode: ({ key, input }) => [
    key,
    input.kind,
    input.kind === 'delete' ? '' : input.value,
    input.kind === 'compare-and-swap' ? input.expected : '',
  ],
  decode(fields) {
    const key = fields.text(textLengthMax)
    const kind = fields.oneOf(['write', 'swap', 'compare-and-swap', 'delete'] as const)
    const value = fields.text(textLengthMax)
    const expected = fields.text(textLengthMax)
    if (kind === 'delete') return { key, input: { kind } }
    if (kind === 'compare-and-swap') return { key, input: { kind, value, expected } }
    return { key, input: { kind, value } }
  },
  apply(tx, { key, input }) {
    const before = tx.get(registerTable, key)?.value ?? absent
    if (input.kind === 'delete') return { isDone: tx.delete(registerTable, key) }
    const isDone = input.kind !== 'compare-and-swap' || before === input.expected
    if (isDone) tx.put(registerTable, { key, value: input.value })
    if (input.kind === 'swap') return { value: before }
    return input.kind === 'compare-and-swap' ? { isDone } : {}
  },
})

/** What a register holds in a state. */
export function readRegister(reader: StateReader, key: string): string {
  return reader.get(registerTable, key)?.value ?? absent
}

/** The scheduler's domain, whole, with the registers. */
export const simulatedDomain: Domain = {
  ...schedulerDomain,
  tables: [...schedulerDomain.tables, registerTable],
  commands: [...schedulerDomain.commands, changeRegister],
}
