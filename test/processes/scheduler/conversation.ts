// One side of a bidirectional stream, with everything that was said and how it ended.
import type { ClientDuplexStream, ServiceError } from '@grpc/grpc-js'

/** How a stream ended; without an error in good order. */
export interface StreamEnd {
  readonly error?: ServiceError
}

export class Conversation<Request, Reply> {
  readonly #call: ClientDuplexStream<Request, Reply>
  readonly #heard: Reply[] = []
  readonly #wakes = new Set<() => void>()
  #end: StreamEnd | undefined

  constructor(call: ClientDuplexStream<Request, Reply>) {
    this.#call = call
    call.on('data', (reply: Reply) => {
      this.#heard.push(reply)
      this.#wake()
    })
    call.on('error', (error: ServiceError) => this.#ended({ error }))
    call.on('status', ({ code }: { readonly code: number }) => {
      if (code === 0) this.#ended({})
    })
  }

  /** Undefined while it is open. */
  get end(): StreamEnd | undefined {
    return this.#end
  }

  say(request: Request): void {
    if (this.#end === undefined) this.#call.write(request)
  }

  /** What was said next; undefined when nothing has come since the last word. */
  poll(): Reply | undefined {
    return this.#heard.shift()
  }

  /** Waits for the next word. Rejects with the stream's error, or when it ends or stays silent. */
  async hear(deadlineMs: number): Promise<Reply> {
    await this.#until(deadlineMs, () => this.#heard.length > 0 || this.#end !== undefined)
    const reply = this.#heard.shift()
    if (reply !== undefined) return reply
    if (this.#end?.error !== undefined) throw this.#end.error
    const isOver = this.#end !== undefined
    throw new Error(isOver ? 'the stream ended without a word' : `silent for ${deadlineMs} ms`)
  }

  /** Waits for the end. Rejects with the stream's error, or when it stays open. */
  async untilEnd(deadlineMs: number): Promise<void> {
    await this.#until(deadlineMs, () => this.#end !== undefined)
    if (this.#end === undefined) throw new Error(`the stream was open for ${deadlineMs} ms more`)
    if (this.#end.error !== undefined) throw this.#end.error
  }

  halfClose(): void {
    this.#call.end()
  }

  cancel(): void {
    this.#call.cancel()
  }

  #ended(end: StreamEnd): void {
    this.#end ??= end
    this.#wake()
  }

  #wake(): void {
    for (const wake of this.#wakes) wake()
  }

  async #until(deadlineMs: number, isSo: () => boolean): Promise<void> {
    if (isSo()) return
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer)
        this.#wakes.delete(look)
        resolve()
      }
      const look = (): void => {
        if (isSo()) done()
      }
      const timer = setTimeout(done, deadlineMs)
      this.#wakes.add(look)
    })
  }
}
