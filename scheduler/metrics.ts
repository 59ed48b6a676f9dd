// What a scheduler counts, as Prometheus reads it: text over HTTP, made when asked for.
import { createServer } from 'node:http'
import type { Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { CodedError, messageOf } from '../base/index.ts'

/** One metric family. */
export interface Family {
  /** Without its prefix. */
  readonly name: string
  /** '' when `name` is the whole name. @default damselfly_scheduler_ */
  readonly prefix?: ''
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  readonly samples: readonly Sample[]
}

export interface Sample {
  readonly labels?: Readonly<Record<string, string>>
  readonly value: number
  /** Appended to the family's name, such as `_bucket`. */
  readonly suffix?: string
}

const ownPrefix = 'damselfly_scheduler_'

function familyName({ prefix, name }: Family): string {
  return (prefix ?? ownPrefix) + name
}

/** The text exposition format, version 0.0.4. */
export function formatMetrics(families: readonly Family[]): string {
  const lines = families.flatMap((family) => {
    const name = familyName(family)
    return [
      `# HELP ${name} ${family.help}`,
      `# TYPE ${name} ${family.type}`,
      ...family.samples.map(
        (sample) => `${name}${sample.suffix ?? ''}${labels(sample)} ${sample.value}`,
      ),
    ]
  })
  return `${lines.join('\n')}\n`
}

function labels(sample: Sample): string {
  const pairs = Object.entries(sample.labels ?? {}).map(
    ([key, value]) => `${key}="${escape(value)}"`,
  )
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

function escape(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}

/** Cumulative buckets from plain counts; the last count is everything above the last bound. */
export function histogramSamples(
  boundsMs: readonly number[],
  counts: readonly number[],
  sumMs: number,
): readonly Sample[] {
  let total = 0
  const buckets = counts.map((count, i): Sample => {
    total += count
    const bound = boundsMs[i]
    const le = bound === undefined ? '+Inf' : String(bound / 1000)
    return { suffix: '_bucket', labels: { le }, value: total }
  })
  return [...buckets, { suffix: '_sum', value: sumMs / 1000 }, { suffix: '_count', value: total }]
}

/** Bytes of request headers taken. */
const headersBytesMax = 8 * 1024

/** Serves `/metrics` and `/healthy`. */
export class MetricsServer {
  readonly #server: Server
  #port = 0

  /** `read`: the text that `/metrics` answers with. */
  constructor(read: () => Promise<string>) {
    this.#server = createServer({ maxHeaderSize: headersBytesMax }, (request, response) => {
      if (request.url === '/healthy') {
        response.end('OK')
      } else if (request.url === '/metrics') {
        answer(response, read)
      } else {
        response.statusCode = 404
        response.end()
      }
    })
    this.#server.requestTimeout = 10_000
  }

  get port(): number {
    return this.#port
  }

  /** @throws SCHED_PORT_IN_USE */
  async listen(ip: string, port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (error) => {
        const message = `metrics port ${port}: ${messageOf(error)}`
        reject(new CodedError('SCHED_PORT_IN_USE', message, { cause: error }))
      })
      this.#server.listen(port, ip, resolve)
    })
    this.#port = (this.#server.address() as AddressInfo).port
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => {
      this.#server.close(resolve)
    })
  }
}

function answer(response: ServerResponse, read: () => Promise<string>): void {
  read()
    .then((text) => {
      response.setHeader('content-type', 'text/plain; version=0.0.4; charset=utf-8')
      response.end(text)
    })
    .catch((error: unknown) => {
      response.statusCode = 500
      response.end(messageOf(error))
    })
}
