// The settings of a new cluster: the first leader of one without settings stores what its options
// say. From then on the state decides, and a member whose options say otherwise logs the difference
// and the command that would make it so.
import { messageOf, secondMs, utf8Encode } from '../base/index.ts'
import type { Clock, Logger, Service, Timer } from '../base/index.ts'
import { settingKey, settingRules, settingText, textOfSettings } from './core/index.ts'
import { configTable, setConfigCommand, settingsKey, settingsOf } from './replication/index.ts'
import type { LeaderWork, Proposer, ReplicatedState } from './replication/index.ts'
import { firstSettings } from './settings-options.ts'
import type { SettingsSeed } from './settings-options.ts'

/** Pause after an attempt that came to no end. */
const pauseMs = secondMs

/** How long one proposal may take. */
const proposalMsMax = 5 * secondMs

export interface SettingsWorkDeps {
  readonly clock: Clock
  readonly logger: Logger
  readonly state: Pick<ReplicatedState, 'reader' | 'subscribe' | 'onReplaced'>
  readonly proposer: Pick<Proposer, 'propose'>
}

/** Gives a cluster its first settings. */
export class SettingsWork implements LeaderWork, Service {
  readonly name = 'settings'
  readonly #deps: SettingsWorkDeps
  readonly #seed: SettingsSeed
  readonly #unsubscribe: (() => void)[] = []
  #timer: Timer | undefined
  #isLeading = false
  #isBusy = false
  #isStopped = false
  /** The row that was compared last. */
  #seen: object | undefined
  /** What was logged last, so that it is logged once. */
  #warned = ''

  /** `seed`: what this member's own options say. */
  constructor(deps: SettingsWorkDeps, seed: SettingsSeed) {
    this.#deps = deps
    this.#seed = seed
  }

  start(): Promise<void> {
    const { state } = this.#deps
    const compare = (): void => this.#compare()
    this.#unsubscribe.push(state.subscribe(compare), state.onReplaced(compare))
    this.#compare()
    return Promise.resolve()
  }

  stop(): Promise<void> {
    this.#isStopped = true
    this.#timer?.cancel()
    for (const unsubscribe of this.#unsubscribe) unsubscribe()
    return Promise.resolve()
  }

  lead(): void {
    this.#isLeading = true
    this.#wake(0)
  }

  stepDown(): void {
    this.#isLeading = false
    this.#timer?.cancel()
  }

  #wake(delayMs: number): void {
    this.#timer?.cancel()
    if (this.#isStopped || this.#isBusy) return
    const { clock, state } = this.#deps
    const look = (): void => {
      if (!this.#isLeading || this.#isStopped) return
      if (state.reader.get(configTable, settingsKey) !== undefined) return
      this.#isBusy = true
      void this.#store().then(() => {
        this.#isBusy = false
        if (this.#isLeading) this.#wake(pauseMs)
      })
    }
    this.#timer = clock.setTimer(delayMs, look, { keepAlive: false })
  }

  /** One attempt; what became of it the state shows. Never rejects. */
  async #store(): Promise<void> {
    const { proposer, logger } = this.#deps
    const value = utf8Encode(`${textOfSettings(firstSettings(this.#seed))}\n`)
    const body = { key: settingsKey, value, expectedVersion: 0 }
    try {
      await proposer.propose(setConfigCommand, body, { timeoutMs: proposalMsMax })
    } catch (error) {
      logger.warn({ reason: messageOf(error) }, 'this cluster has no settings yet')
    }
  }

  #compare(): void {
    const { reader } = this.#deps.state
    const row = reader.get(configTable, settingsKey)
    if (row === this.#seen || row === undefined) return
    this.#seen = row
    const settings = settingsOf(reader)
    const other = settingRules.filter(
      ({ field }) => this.#seed[field] !== undefined && this.#seed[field] !== settings[field],
    )
    const own = firstSettings(this.#seed)
    const differences = other.map((rule) => {
      const key = settingKey(rule.path)
      return { key, own: settingText(rule, own), cluster: settingText(rule, settings) }
    })
    const words = differences.map((difference) => `${difference.key}=${difference.own}`)
    const command = `damselfly config set ${words.join(' ')}`
    if (differences.length === 0 || command === this.#warned) return
    this.#warned = command
    const message = 'the cluster is set to other values than this member: those of the cluster hold'
    this.#deps.logger.warn({ differences, command }, message)
  }
}
