/** A value of the settings cannot be taken as it is. Caught where settings are read. */
export class SettingProblem extends Error {
  override readonly name = 'SettingProblem'
  /** Such as `scheduler.gc.hostTTL`; '' = the text as a whole. */
  readonly key: string

  constructor(key: string, problem: string) {
    super(problem)
    this.key = key
  }
}

/** Whether a value of JSON is an object. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
