// Operating failures carry a stable code; messages are for people and free to change.

/** An operating failure with a stable upper-case `code` (see docs/errors.md). */
export class CodedError extends Error {
  override readonly name: string = 'CodedError'
  readonly code: string

  constructor(code: string, message: string, options?: { readonly cause?: unknown }) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
  }
}

/** Tells whether a caught value is a coded failure, optionally one with the given code. */
export function isCoded(value: unknown, code?: string): value is CodedError {
  return value instanceof CodedError && (code === undefined || value.code === code)
}

/** One line for people, from anything that was thrown. */
export function messageOf(value: unknown): string {
  return value instanceof Error ? value.message : String(value)
}
