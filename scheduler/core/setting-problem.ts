/** A value of the settings cannot be taken as it is. Caught where settings are read. */
export class SettingProblem extends Error {
  override readonly name = 'SettingProblem'
  /** Keys from the outside in, joined by dots; '' = the text as a whole. */
  readonly path: string

  constructor(path: string, problem: string) {
    super(problem)
    this.path = path
  }
}

/** Whether a value of JSON is an object. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
