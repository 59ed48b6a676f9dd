// The leader switches on what every member supports (design 4.14): after the last member of a
// rolling upgrade has started with the new program, and not before. Apply counts again.
import type { Clock, Logger, Timer } from '../../base/index.ts'
import {
  dutyTimeoutMs,
  featureLookMs,
  featureTable,
  isSupportedByAll,
} from '../replication/index.ts'
import type { CommandRequest, DutyProposer, LeaderWork, StateReader } from '../replication/index.ts'

export interface FeaturesDeps {
  readonly clock: Clock
  readonly logger: Logger
  readonly state: {
    readonly reader: StateReader
    readonly registry: {
      readonly domain: { readonly supportedFeatures: readonly string[] }
      readonly enableFeature: CommandRequest['command']
    }
  }
  readonly proposer: DutyProposer
}

/** Switches features on while this member leads. */
export class Features implements LeaderWork {
  readonly #deps: FeaturesDeps
  #timer: Timer | undefined
  #isLeading = false
  #isProposing = false

  constructor(deps: FeaturesDeps) {
    this.#deps = deps
  }

  lead(): void {
    this.stepDown()
    this.#isLeading = true
    this.#look()
  }

  stepDown(): void {
    this.#isLeading = false
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #look(): void {
    if (!this.#isLeading) return
    const { clock, state } = this.#deps
    this.#timer = clock.setTimer(featureLookMs, () => this.#look())
    if (this.#isProposing) return
    const { reader, registry } = state
    const name = registry.domain.supportedFeatures.find(
      (each) => reader.get(featureTable, each) === undefined && isSupportedByAll(reader, each),
    )
    if (name !== undefined) this.#enable(name)
  }

  #enable(name: string): void {
    const { logger, proposer, state } = this.#deps
    this.#isProposing = true
    const { enableFeature } = state.registry
    const sent = proposer.propose(enableFeature, { name }, { timeoutMs: dutyTimeoutMs })
    void sent.then((outcome) => {
      this.#isProposing = false
      if (outcome.ok && (outcome.result as { readonly ok: boolean }).ok) {
        logger.info({ feature: name }, 'every member supports a feature: it is on')
      }
    })
  }
}
