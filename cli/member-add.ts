// Join tokens: `damselfly member add` and `revoke-token`.
import { minuteMs } from '../base/index.ts'
import type { ClusterClient } from '../client/index.ts'
import type { Terminal } from './cluster-connection.ts'
import { planShape, planText } from './plan-text.ts'

export interface AddDeps {
  readonly client: Pick<ClusterClient, 'createJoinToken' | 'nodes'>
  readonly terminal: Terminal
}

export interface AskedToken {
  /** '' = any host. */
  readonly hostId: string
  readonly learner: boolean
  readonly uses: number
  /** Milliseconds. */
  readonly ttl: number
  readonly dryRun: boolean
  readonly json: boolean
}

/** Makes a token and prints the command for the new host; the exit code. */
export async function addMember({ client, terminal }: AddDeps, asked: AskedToken): Promise<number> {
  const { hostId, learner, uses, ttl: ttlMs, dryRun, json } = asked
  const { nodes } = await client.nodes(false)
  const made = await client.createJoinToken({ hostId, learner, uses, ttlMs, dryRun })
  const plan = made.plan ?? { steps: [], warnings: [], before: null, after: null }
  const seeds = nodes.map(({ raftAddr }) => raftAddr)
  const command = dryRun ? null : joinCommand({ hostId, learner, token: made.token, seeds })
  if (json) {
    const { token, tokenId, expiresWallMs } = made
    const secret = dryRun
      ? { token: null, tokenId: null, expiresWallMs: null }
      : { token, tokenId, expiresWallMs }
    const shape = { action: 'add', hostId, dryRun, ...secret, command, ...planShape(plan) }
    await terminal.write(`${JSON.stringify(shape)}\n`)
    return 0
  }
  await terminal.write(planText(plan))
  if (command === null) {
    await terminal.write('\ndry run: nothing was changed\n')
    return 0
  }
  const minutes = Math.ceil(ttlMs / minuteMs)
  await terminal.write(`
Run this on the new host, with the address the other members reach it at:

  ${command}

Give it --cluster-key-file, and the flags of TLS, as the other members have them: with the key of
the cluster it comes back by itself should it lose its disk.

The token ${made.tokenId} is shown once, and admits for ${minutes} min.
`)
  return 0
}

/** The command that starts the new member. */
export function joinCommand({
  hostId,
  learner,
  token,
  seeds,
}: {
  readonly hostId: string
  readonly learner: boolean
  readonly token: string
  readonly seeds: readonly string[]
}): string {
  const words = ['damselfly', 'scheduler']
  if (hostId !== '') words.push('--host-id', shellWord(hostId))
  words.push(
    '--advertise-ip',
    'ADDRESS',
    '--join',
    shellWord(seeds.join(',')),
    '--join-token',
    token,
  )
  if (learner) words.push('--learner')
  return words.join(' ')
}

/** As a shell takes it for one word. */
function shellWord(text: string): string {
  return /^[A-Za-z0-9_.,:@/-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}

export interface RevokeDeps {
  readonly client: Pick<ClusterClient, 'revokeJoinToken'>
  readonly terminal: Terminal
}

/** Takes a token back; the exit code. */
export async function revokeToken(
  { client, terminal }: RevokeDeps,
  { tokenId, json }: { readonly tokenId: string; readonly json: boolean },
): Promise<number> {
  await client.revokeJoinToken(tokenId)
  const shape = { action: 'revoke-token', tokenId }
  await terminal.write(json ? `${JSON.stringify(shape)}\n` : `token ${tokenId} admits nobody now\n`)
  return 0
}
