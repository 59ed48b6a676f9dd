// Cuts one body into pieces: hands out exactly as many bytes as are asked for, splitting chunks.

/** Reads an async iterable of chunks in measured portions. One portion at a time. */
export class ByteReader {
  readonly #iterator: AsyncIterator<Uint8Array>
  readonly #onChunk: (chunk: Uint8Array) => Promise<void>
  #rest: Uint8Array = new Uint8Array(0)
  #isEnded = false

  /** `onChunk` runs for every chunk before it is handed out (rate limits, progress). */
  constructor(
    body: AsyncIterable<Uint8Array>,
    onChunk: (chunk: Uint8Array) => Promise<void> = async () => {},
  ) {
    this.#iterator = body[Symbol.asyncIterator]()
    this.#onChunk = onChunk
  }

  /** True when at least one more byte is there. */
  async hasMore(): Promise<boolean> {
    while (this.#rest.length === 0 && !this.#isEnded) {
      const next = await this.#iterator.next()
      if (next.done === true) {
        this.#isEnded = true
      } else {
        await this.#onChunk(next.value)
        this.#rest = next.value
      }
    }
    return this.#rest.length > 0
  }

  /** Up to `bytes` bytes in chunks; fewer only at the end of the body. */
  async *take(bytes: number): AsyncGenerator<Uint8Array> {
    for (let left = bytes; left > 0 && (await this.hasMore());) {
      const chunk = this.#rest.subarray(0, left)
      this.#rest = this.#rest.subarray(chunk.length)
      left -= chunk.length
      yield chunk
    }
  }

  /** Closes the body; what was not read is dropped with its connection. */
  async close(): Promise<void> {
    if (!this.#isEnded) await this.#iterator.return?.()
    this.#isEnded = true
  }
}
