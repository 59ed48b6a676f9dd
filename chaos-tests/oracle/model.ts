// Sequential specifications: what a single correct copy would have answered.

/** State after one operation, or undefined when the answer cannot come from this state. */
export interface Model<State extends string | number, Input, Output> {
  readonly initial: State
  /** `output` is undefined when nobody heard an answer: any answer fits then. */
  step(state: State, input: Input, output: Output | undefined): State | undefined
}

/** Value of a register that was never written or is deleted. */
export const absent = ''

export type RegisterInput =
  | { readonly kind: 'read' }
  | { readonly kind: 'write'; readonly value: string }
  /** Writes, and answers what was there before. */
  | { readonly kind: 'swap'; readonly value: string }
  /** Writes `value` only over `expected`. */
  | { readonly kind: 'compare-and-swap'; readonly expected: string; readonly value: string }
  | { readonly kind: 'delete' }

export interface RegisterOutput {
  /** `read`: the value; `swap`: the one before. */
  readonly value?: string
  /** `compare-and-swap`: whether it was written; `delete`: whether something was there. */
  readonly isDone?: boolean
}

/** One key that holds a text. */
export const registerModel: Model<string, RegisterInput, RegisterOutput> = {
  initial: absent,
  step(state, input, output) {
    const heard = output?.value
    const isDone = output?.isDone
    switch (input.kind) {
      case 'read':
        return heard === undefined || heard === state ? state : undefined
      case 'write':
        return input.value
      case 'swap':
        return heard === undefined || heard === state ? input.value : undefined
      case 'compare-and-swap': {
        const fits = state === input.expected
        if (isDone !== undefined && isDone !== fits) return undefined
        return fits ? input.value : state
      }
      case 'delete':
        if (isDone !== undefined && isDone !== (state !== absent)) return undefined
        return absent
    }
  },
}

export type SetInput =
  | { readonly kind: 'add' }
  | { readonly kind: 'remove' }
  | { readonly kind: 'has' }

export interface SetOutput {
  /** `add`: it was not there; `remove`, `has`: it was. Undefined: the answer does not tell. */
  readonly is: boolean | undefined
}

/**
 * One element of a set (the key names the element): what is deleted stays away until a later add.
 */
export const setModel: Model<number, SetInput, SetOutput> = {
  initial: 0,
  step(state, { kind }, output) {
    const claim = kind === 'add' ? state === 0 : state === 1
    if (output?.is !== undefined && output.is !== claim) return undefined
    if (kind === 'has') return state
    return kind === 'add' ? 1 : 0
  },
}
