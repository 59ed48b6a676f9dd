// Schedulers alone, as an operator runs them: members that come, go, lose their disks and come
// back, each from one argument list that never changes.
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  closeSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ClusterOverview, MemberOverview } from '../../../client/index.ts'
import { systemRandom } from '../../../runtime/index.ts'
import { flagsOf, run, script } from '../commands.ts'
import type { Ended } from '../commands.ts'
import { until } from '../local-cluster.ts'
import { overviewOf } from '../overview.ts'

/** One scheduler: its name, its places, and how to start it. */
export interface MemberProcess {
  readonly hostId: string
  readonly addr: string
  readonly raftAddr: string
  readonly dataDir: string
  readonly logPath: string
  readonly argv: readonly string[]
}

export interface MemberCount {
  /** Members the cluster begins with. */
  readonly initial: number
  /** Further ones whose ports are set aside. */
  readonly spare?: number
  /** For every member. */
  readonly flags?: readonly string[]
}

/** Longest a member may take to be a voter again: ten times what the sum of its steps allows. */
const votingDeadlineMs = 120_000

const portsEach = 2

export class MemberCluster {
  readonly dir: string
  readonly secrets: string
  readonly members: readonly MemberProcess[]
  readonly #children = new Map<string, ChildProcess>()

  private constructor(dir: string, secrets: string, members: readonly MemberProcess[]) {
    this.dir = dir
    this.secrets = secrets
    this.members = members
  }

  /** Starts the first members and waits until all of them are online. */
  static async start(count: MemberCount): Promise<MemberCluster> {
    const cluster = await MemberCluster.prepare(count)
    for (const member of cluster.members.slice(0, count.initial)) cluster.start(member)
    try {
      await cluster.untilOnline(cluster.members.slice(0, count.initial))
    } catch (error) {
      await cluster.stop()
      throw error
    }
    return cluster
  }

  /** Sets folders, secrets and ports aside and starts nobody. */
  static async prepare({ initial, spare = 0, flags = [] }: MemberCount): Promise<MemberCluster> {
    const dir = mkdtempSync(join(tmpdir(), 'damselfly-members-'))
    const secrets = join(dir, 'secrets')
    mkdirSync(secrets, { mode: 0o700 })
    for (const name of ['cluster.key', 'operator.token']) {
      writeFileSync(join(secrets, name), randomBytes(32).toString('hex'), { mode: 0o600 })
    }
    const ports = await freePorts((initial + spare) * portsEach)
    const places = Array.from({ length: initial + spare }, (_, i) => {
      const [port, raftPort] = ports.slice(i * portsEach) as [number, number]
      return { hostId: `s${i + 1}`, port, raftPort }
    })
    const seeds = places.slice(0, initial)
    const initialMembers = seeds.map(({ hostId, raftPort }) => `${hostId}=127.0.0.1:${raftPort}`)
    const raftAddresses = places.map(({ raftPort }) => `127.0.0.1:${raftPort}`)
    const members = places.map(({ hostId, port, raftPort }, i): MemberProcess => {
      const dataDir = join(dir, hostId)
      const raftAddr = `127.0.0.1:${raftPort}`
      const options = {
        'host-id': hostId,
        'data-dir': dataDir,
        ...(i < initial
          ? { 'initial-members': initialMembers.join(',') }
          : { join: raftAddresses.filter((address) => address !== raftAddr).join(',') }),
        'listen-ip': '127.0.0.1',
        'advertise-ip': '127.0.0.1',
        port,
        'raft-port': raftPort,
        'metrics-port': 0,
        'cluster-key-file': join(secrets, 'cluster.key'),
        'operator-token-file': join(secrets, 'operator.token'),
      }
      const command = [process.execPath, script('cli/damselfly.js'), 'scheduler']
      const argv = [...command, ...flagsOf(options), ...flags]
      return {
        hostId,
        addr: `127.0.0.1:${port}`,
        raftAddr,
        dataDir,
        logPath: join(dir, `${hostId}.log`),
        argv,
      }
    })
    return new MemberCluster(dir, secrets, members)
  }

  get addresses(): readonly string[] {
    return this.members.map(({ addr }) => addr)
  }

  /** Starts a process from its argument list, with `more` behind it; from another folder. */
  start(member: MemberProcess, more: readonly string[] = []): void {
    if (this.isRunning(member)) throw new Error(`${member.hostId} runs already`)
    const log = openSync(member.logPath, 'a')
    const [command, ...args] = [...member.argv, ...more]
    const child = spawn(command!, args, { cwd: tmpdir(), env: {}, stdio: ['ignore', log, log] })
    closeSync(log)
    this.#children.set(member.hostId, child)
  }

  isRunning({ hostId }: MemberProcess): boolean {
    const child = this.#children.get(hostId)
    return child !== undefined && child.exitCode === null && child.signalCode === null
  }

  /** Sends a signal; SIGKILL and SIGTERM are waited for. */
  async signal(member: MemberProcess, signal: NodeJS.Signals): Promise<void> {
    const child = this.#children.get(member.hostId)
    if (child === undefined || !this.isRunning(member)) return
    const isLast = signal === 'SIGKILL' || signal === 'SIGTERM'
    const ended = isLast ? new Promise((resolve) => child.once('exit', resolve)) : undefined
    child.kill(signal)
    await ended
  }

  kill(member: MemberProcess): Promise<void> {
    return this.signal(member, 'SIGKILL')
  }

  /** Waits for a process to end by itself; its exit code. */
  async ended(member: MemberProcess, deadlineMs = 60_000): Promise<number> {
    const child = this.#children.get(member.hostId)
    if (child === undefined) throw new Error(`${member.hostId} was never started`)
    await until(`the end of ${member.hostId}`, deadlineMs, async () =>
      this.isRunning(member) ? undefined : true,
    )
    return child.exitCode ?? 128
  }

  /** What `rm -rf` of the data directory does. */
  wipe({ dataDir }: MemberProcess): void {
    rmSync(dataDir, { recursive: true, force: true })
  }

  /** Copies a data directory to another place, as a backup or a cloned disk does. */
  copy({ dataDir }: MemberProcess, to: string): void {
    cpSync(dataDir, to, { recursive: true })
  }

  log({ logPath }: MemberProcess): string {
    return existsSync(logPath) ? readFileSync(logPath, 'utf8') : ''
  }

  /** A command of the operator, with credentials; `--json` is added. */
  async operate(...words: readonly string[]): Promise<Ended> {
    const token = ['--token-file', join(this.secrets, 'operator.token')]
    return run('damselfly', [...words, ...token, '--schedulers', this.#running().join(), '--json'])
  }

  /** A command of the operator that must succeed; what it prints. */
  async operateWell(...words: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
    const ended = await this.operate(...words)
    if (ended.code !== 0) throw new Error(`${words.join(' ')}: ${ended.code} ${ended.stderr}`)
    return JSON.parse(ended.stdout) as Readonly<Record<string, unknown>>
  }

  /** What `damselfly status` shows, without a process of its own for each look. */
  status(): Promise<ClusterOverview> {
    return overviewOf(this.#running())
  }

  /** Every member row of a host; several while one replica takes the place of another. */
  async rowsOf(member: MemberProcess): Promise<readonly MemberOverview[]> {
    const { members } = await this.status()
    return members.filter(({ hostId }) => hostId === member.hostId)
  }

  /** Waits for a leader; its process. */
  leader(): Promise<MemberProcess> {
    return until('a leader', 60_000, async () => {
      const { members, leaderId } = await this.status()
      const row = members.find(({ id }) => id === leaderId)
      return this.members.find((member) => member.addr === row?.addr && this.isRunning(member))
    })
  }

  async followers(among: readonly MemberProcess[]): Promise<readonly MemberProcess[]> {
    const leader = await this.leader()
    return among.filter(({ hostId }) => hostId !== leader.hostId)
  }

  /** Waits until exactly these hosts are members, each with one online voter in reach. */
  async untilOnline(members: readonly MemberProcess[]): Promise<ClusterOverview> {
    const wanted = members.map(({ hostId }) => hostId).toSorted()
    let last = 'nothing answered'
    return until(`online voters ${wanted.join(' ')}`, votingDeadlineMs, async () => {
      for (const member of members) this.#checkRuns(member)
      const status = await this.status()
      last = JSON.stringify(status.members)
      const isWhole =
        status.leaderId !== 0 &&
        status.members.every(
          ({ state, role, isReachable }) =>
            isReachable && state === 'online' && (role === 'leader' || role === 'follower'),
        )
      const names = status.members.map(({ hostId }) => hostId).toSorted()
      return isWhole && names.join() === wanted.join() ? status : undefined
    }).catch((error: unknown) => {
      throw new Error(`${String(error)}; last seen: ${last}`)
    })
  }

  /** Stops every process and removes the folder. */
  async stop(options: { readonly isKept?: boolean } = {}): Promise<void> {
    await Promise.all(
      this.members.map(async (member) => {
        await this.signal(member, 'SIGCONT')
        const child = this.#children.get(member.hostId)
        const timer = setTimeout(() => child?.kill('SIGKILL'), 30_000)
        await this.signal(member, 'SIGTERM')
        clearTimeout(timer)
      }),
    )
    if (options.isKept !== true) rmSync(this.dir, { recursive: true, force: true })
  }

  /** Those that run; a stopped member cannot say anything. */
  #running(): readonly string[] {
    return this.members.filter((member) => this.isRunning(member)).map(({ addr }) => addr)
  }

  #checkRuns(member: MemberProcess): void {
    if (this.isRunning(member)) return
    const tail = this.log(member).trimEnd().split('\n').slice(-5).join('\n')
    throw new Error(`${member.hostId} has ended: ${tail}`)
  }
}

/** Below the ports that outgoing connections get: one could take that of a member that is down. */
const portMin = 10_000
const portMax = 32_000

/** Ports of 127.0.0.1 that nobody listens on and nobody is given by chance. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const { random } = systemRandom()
  const ports = new Set<number>()
  while (ports.size < count) {
    const port = portMin + random.below(portMax - portMin)
    if (await isFree(port)) ports.add(port)
  }
  return [...ports]
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
