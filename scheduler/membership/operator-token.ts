// The operator token of a new cluster. The first leader of a cluster without one takes the token in
// its file, or makes both, and has the state keep the hash. The first hash to arrive stays for
// ever: a leader whose own came too late removes the file it has made, for it opens nothing.
import { rm } from 'node:fs/promises'
import { isCoded, messageOf, secondMs, toHex, utf8Encode } from '../../base/index.ts'
import type { Clock, Logger, Service, Timer } from '../../base/index.ts'
import { randomSecret, readSecretFile, writeSecretFile } from '../../runtime/index.ts'
import { configTable, operatorTokenKey, setOperatorToken } from '../replication/index.ts'
import type { LeaderWork, Proposer, StateReader } from '../replication/index.ts'
import { hashSecret, isSameHash } from '../rpc/host-proof.ts'

/** Pause after an attempt that came to no end. */
export const operatorTokenPauseMs = secondMs

/** How long one proposal may take. */
export const operatorTokenTimeoutMs = 5 * secondMs

/** Fewest characters of a token that somebody else has made. */
export const operatorTokenLengthMin = 32

export interface OperatorTokenDeps {
  readonly clock: Clock
  readonly logger: Logger
  readonly state: { readonly reader: StateReader }
  readonly proposer: Pick<Proposer, 'propose'>
}

/** Gives a cluster its operator token, once. */
export class OperatorTokenWork implements LeaderWork, Service {
  readonly name = 'operator-token'
  readonly #deps: OperatorTokenDeps
  readonly #path: string
  #timer: Timer | undefined
  #isLeading = false
  #isBusy = false
  #isStopped = false
  /** Hash of a token in a file of our making, until the state says whether it counts. */
  #made: Uint8Array | undefined
  /** What was logged last, so that it is logged once. */
  #complaint = ''

  /** `path`: where the token is, or will be. */
  constructor(deps: OperatorTokenDeps, options: { readonly path: string }) {
    this.#deps = deps
    this.#path = options.path
  }

  lead(): void {
    this.#isLeading = true
    this.#wake(0)
  }

  stepDown(): void {
    this.#isLeading = false
  }

  start(): Promise<void> {
    return Promise.resolve()
  }

  stop(): Promise<void> {
    this.#isStopped = true
    this.#timer?.cancel()
    return Promise.resolve()
  }

  /** Whether an attempt is under way. */
  get isBusy(): boolean {
    return this.#isBusy
  }

  /** A file of our making is looked after even when somebody else leads. */
  get #hasWork(): boolean {
    return !this.#isStopped && (this.#isLeading || this.#made !== undefined)
  }

  #wake(delayMs: number): void {
    if (this.#isBusy || this.#isStopped) return
    this.#timer?.cancel()
    const look = (): void => {
      if (!this.#hasWork) return
      this.#isBusy = true
      void this.#look().then((isDone) => {
        this.#isBusy = false
        if (!isDone && this.#hasWork) this.#wake(operatorTokenPauseMs)
      })
    }
    this.#timer = this.#deps.clock.setTimer(delayMs, look, { keepAlive: false })
  }

  /** One attempt; whether nothing is left to do. Never rejects. */
  async #look(): Promise<boolean> {
    try {
      const stored = this.#stored()
      if (stored !== undefined) {
        await this.#settle(stored)
        return true
      }
      if (!this.#isLeading) return false
      const hash = await this.#hashOfFile()
      const { proposer } = this.#deps
      await proposer.propose(setOperatorToken, { hash }, { timeoutMs: operatorTokenTimeoutMs })
      // Whatever the answer, what the state holds is looked at next.
      const now = this.#stored()
      if (now !== undefined) await this.#settle(now)
      return now !== undefined
    } catch (error) {
      const reason = messageOf(error)
      if (reason !== this.#complaint) {
        const fields = { path: this.#path, reason, code: isCoded(error) ? error.code : undefined }
        this.#deps.logger.error(fields, 'this cluster has no operator token yet')
      }
      this.#complaint = reason
      return false
    }
  }

  #stored(): Uint8Array | undefined {
    return this.#deps.state.reader.get(configTable, operatorTokenKey)?.value
  }

  /** Hash of the token in the file, which is made when there is none. */
  async #hashOfFile(): Promise<Uint8Array> {
    const token = randomSecret()
    if (await writeSecretFile(this.#path, `${token}\n`)) {
      this.#made = hashSecret(utf8Encode(token))
      return this.#made
    }
    const { text } = await readSecretFile(this.#path)
    if (text.length < operatorTokenLengthMin) {
      throw new Error(`a token has at least ${operatorTokenLengthMin} characters`)
    }
    return hashSecret(utf8Encode(text))
  }

  /** A file with another token, perhaps made anew after a loss, locks its operator out. */
  async #compare(stored: Uint8Array): Promise<void> {
    const secret = await readSecretFile(this.#path).catch(() => undefined)
    if (secret === undefined || isSameHash(hashSecret(utf8Encode(secret.text)), stored)) return
    const message = 'the operator token in this file is not the one of this cluster'
    this.#deps.logger.warn({ path: this.#path }, message)
  }

  /** The state has decided. */
  async #settle(stored: Uint8Array): Promise<void> {
    const made = this.#made
    const { logger } = this.#deps
    this.#made = undefined
    if (made === undefined) return this.#compare(stored)
    if (isSameHash(made, stored)) {
      const token = toHex(stored).slice(0, 8)
      logger.info({ path: this.#path, token }, 'this is where the operator token is')
      return
    }
    await rm(this.#path, { force: true })
    logger.info({ path: this.#path }, 'removed an operator token that came too late')
  }
}
