// Parts start in order and stop in reverse; a failed start stops what had started.

/** Something with a life. `stop` is idempotent and bounded by the implementer. */
export interface Service {
  readonly name: string
  start(): Promise<void>
  stop(): Promise<void>
}

/** Starts `services` in order; on a failure stops the started ones in reverse and rethrows. */
export async function startAll(services: readonly Service[]): Promise<void> {
  const started: Service[] = []
  for (const service of services) {
    try {
      await service.start()
      started.push(service)
    } catch (error) {
      await stopAll(started)
      throw error
    }
  }
}

/** Stops `services` in reverse order, every one of them; then rethrows the first failure. */
export async function stopAll(services: readonly Pick<Service, 'stop'>[]): Promise<void> {
  let failure: { error: unknown } | undefined
  for (const service of [...services].reverse()) {
    try {
      await service.stop()
    } catch (error) {
      failure ??= { error }
    }
  }
  if (failure !== undefined) throw failure.error
}
