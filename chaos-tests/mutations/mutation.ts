// One deliberate mistake: an edit of one source file that breaks one rule, and who must notice.

/** What has to fail when the mistake is made. */
export type Check =
  /** Test files, by path from the root. */
  | { readonly kind: 'tests'; readonly paths: readonly string[] }
  /** The simulator, within so many seeds from the first one on. */
  | { readonly kind: 'simulator'; readonly seeds: number }

export interface Mutation {
  /** Kebab-case, never reused. */
  readonly id: string
  /** The rule that it breaks, by number or section. */
  readonly rule: string
  /** The mistake in one line. */
  readonly what: string
  /** Path from the root. */
  readonly file: string
  /** Occurs exactly once in the file; an edit that no longer fits fails the run. */
  readonly find: string
  readonly replace: string
  /** Each of them must fail. */
  readonly caughtBy: readonly Check[]
}

/** Paths of test files that must fail. */
export function tests(...paths: readonly string[]): Check {
  return { kind: 'tests', paths }
}

/** The simulator must fail within so many seeds. */
export function simulator(seeds: number): Check {
  return { kind: 'simulator', seeds }
}

export type EditResult =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly reason: 'not-found' | 'found-twice' | 'changes-nothing' }

/** The file's text with the mistake in it. */
export function edit(
  text: string,
  { find, replace }: Pick<Mutation, 'find' | 'replace'>,
): EditResult {
  const at = text.indexOf(find)
  if (find === '' || at < 0) return { ok: false, reason: 'not-found' }
  if (text.indexOf(find, at + 1) >= 0) return { ok: false, reason: 'found-twice' }
  if (find === replace) return { ok: false, reason: 'changes-nothing' }
  return { ok: true, text: text.slice(0, at) + replace + text.slice(at + find.length) }
}
