// How the operator's commands reach a cluster, and how they write.
import { createInterface } from 'node:readline/promises'
import { minuteMs, nullLogger, secondMs } from '../base/index.ts'
import { ClusterClient, clientSecurity, operatorSchema, tokenWarning } from '../client/index.ts'
import type { ClientSecurityOptions } from '../client/index.ts'
import { SystemClock, systemRandom } from '../runtime/index.ts'
import type { ConfigSchema } from '../runtime/index.ts'

/** Options of every command that talks to a cluster. */
export const connectionSchema = {
  schedulers: {
    type: 'list',
    default: ['127.0.0.1:8002'],
    help: 'some members, host:port, dns:///name:port or manager://host:port; others are learnt',
  },
  ...operatorSchema,
  timeout: {
    type: 'duration',
    default: minuteMs,
    min: 100,
    help: 'how long to go on trying',
  },
  json: { type: 'boolean', default: false, help: 'print JSON' },
} as const satisfies ConfigSchema

/** Of commands that only look: without a leader `--stale` still shows something. */
export const viewTimeout = { ...connectionSchema.timeout, default: 10 * secondMs } as const

export interface ConnectionConfig extends ClientSecurityOptions {
  readonly schedulers: readonly string[]
  readonly tokenFile: string
  readonly timeout: number
}

/** Where a command writes, and whom it asks. */
export interface Terminal {
  /** Resolves when the text is on its way, also into a slow pipe. */
  write(text: string): Promise<void>
  /** What a person types; undefined when nobody is there to type. */
  ask(question: string): Promise<string | undefined>
}

/** The terminal of this process. */
export const ownTerminal: Terminal = {
  write: (text) =>
    // Waiting matters: process.exit drops what a pipe has not taken yet.
    new Promise((resolve) => {
      process.stdout.write(text, () => resolve())
    }),
  async ask(question) {
    if (!process.stdin.isTTY || !process.stderr.isTTY) return undefined
    const line = createInterface({ input: process.stdin, output: process.stderr })
    try {
      return await new Promise((resolve) => {
        // Ctrl-C and Ctrl-D are no answer.
        line.once('close', () => resolve(''))
        line.question(question).then(resolve, () => resolve(''))
      })
    } finally {
      line.close()
    }
  },
}

/** Connects, lets `use` work and closes. */
export async function withCluster<Result>(
  config: ConnectionConfig,
  use: (client: ClusterClient) => Promise<Result>,
): Promise<Result> {
  const { random } = systemRandom()
  const deps = { clock: new SystemClock(), random, logger: nullLogger }
  const security = await clientSecurity(deps, config)
  let isWarned = false
  const warn = (addresses: readonly string[]): void => {
    const warning = isWarned ? undefined : tokenWarning(addresses, security)
    if (warning === undefined) return
    isWarned = true
    process.stderr.write(`warning: ${warning}\n`)
  }
  warn(config.schedulers)
  const options = { addresses: config.schedulers, deadlineMs: config.timeout, security }
  const client = new ClusterClient(deps, options)
  try {
    return await use(client)
  } finally {
    // A member on this machine may have named others that are not.
    warn(client.addresses)
    client.close()
  }
}
