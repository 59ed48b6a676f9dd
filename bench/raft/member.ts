// One member of the measured group as a process: the driver over the write-ahead log on the real
// disk and the gRPC transport, as a scheduler runs it, with a state machine that only counts. Its
// clients live in this process too, so that nothing but the library is measured.
import { performance } from 'node:perf_hooks'
import { Server, ServerCredentials } from '@grpc/grpc-js'
import { initialConfiguration, RaftNode } from '../../raft/index.ts'
import type { Configuration, StateMachine } from '../../raft/index.ts'
import {
  GrpcRaftTransport,
  raftServerOptions,
  registerRaftService,
} from '../../runtime/grpc-raft-transport.ts'
import { plainText } from '../../runtime/grpc-tls.ts'
import {
  afterThisCallback,
  afterThisTurn,
  createPinoLogger,
  FileDisk,
  randomId,
  SystemClock,
  systemRandom,
} from '../../runtime/index.ts'
import { createWriteAheadLog, openWriteAheadLog } from '../../storage/index.ts'
import type { WriteAheadLog } from '../../storage/index.ts'
import { runLoad } from '../load.ts'
import { recordProfile } from '../profile/recorder.ts'
import type { ProfileSummary } from '../profile/summary.ts'
import { serve } from '../worker-port.ts'
import { incarnationOf } from './member-port.ts'
import type {
  FirstCommit,
  MemberAnswers,
  MemberLoad,
  MemberLoadResult,
  MemberOpen,
  MemberStart,
} from './member-port.ts'

/** The scheduler's own: 1 s of 20 ticks. */
const electionTicks = 20
const tickMs = 50

/** Longest one proposal may wait; nothing here comes near it. */
const proposeMsMax = 30_000

/** Pause of the retrying client after a refusal. */
const retryMs = 1

const clock = new SystemClock()
const logger = createPinoLogger({ level: 'warn', component: 'bench-member' })
const { random } = systemRandom()

/** Counts what it applies, and keeps nothing else: the library alone is measured. */
class Counter implements StateMachine {
  readonly #configuration: Configuration
  #applied: number

  constructor(configuration: Configuration, applied: number) {
    this.#configuration = configuration
    this.#applied = applied
  }

  apply(entries: Parameters<StateMachine['apply']>[0]): readonly unknown[] {
    return entries.map(({ index }) => (this.#applied = index))
  }

  configuration(): Configuration {
    return this.#configuration
  }

  durableIndex(): number {
    return this.#applied
  }

  digestMark(): ReturnType<StateMachine['digestMark']> {
    return { index: 0, digest: new Uint8Array(0) }
  }

  isOverloaded(): boolean {
    return false
  }
}

interface Member {
  readonly transport: GrpcRaftTransport
  readonly log: WriteAheadLog
  readonly raft: RaftNode
}

let member: Member | undefined

function opened(): Member {
  if (member === undefined) throw new Error('the member is not open')
  return member
}

async function open(options: MemberOpen): Promise<string> {
  const { clusterId, replicaId, directory, voters } = options
  const incarnation = incarnationOf(replicaId)
  const identity = { clusterId, replicaId, incarnation }
  const deps = { disk: new FileDisk(), logger }
  if (options.isNew) await createWriteAheadLog(deps, { directory, identity })
  const { log, contents } = await openWriteAheadLog(deps, {
    directory,
    identity,
    durableIndex: undefined,
  })
  const transport = new GrpcRaftTransport(
    { clock, random: random.fork('transport'), logger },
    {
      self: { clusterId, replicaId, incarnation, bootId: randomId() },
      security: plainText,
    },
  )
  const configuration = initialConfiguration({ voters })
  const applied = contents.compacted.index
  const raft = new RaftNode(
    {
      clock,
      random: random.fork('raft'),
      logger,
      transport,
      log,
      stateMachine: new Counter(configuration, applied),
      defer: afterThisCallback,
      deferLater: afterThisTurn,
    },
    {
      id: replicaId,
      configuration,
      contents,
      applied,
      tickMs,
      electionTicks,
      onFatal: (error) => {
        logger.fatal({ err: error }, 'the member has failed')
        process.exit(1)
      },
    },
  )
  member = { transport, log, raft }
  return listen(transport, options.port)
}

/** Serves the replication port on loopback; the address. */
function listen(transport: GrpcRaftTransport, wanted: number): Promise<string> {
  const server = new Server(raftServerOptions)
  registerRaftService(server, {
    transport: () => transport,
    probe: () => Promise.reject(new Error('no probes in a benchmark')),
  })
  return new Promise((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${wanted}`, ServerCredentials.createInsecure(), (error, port) => {
      if (error === null) resolve(`127.0.0.1:${port}`)
      else reject(error)
    })
  })
}

async function start({ addresses }: MemberStart): Promise<void> {
  const { transport, raft } = opened()
  transport.setMembers(
    new Map(
      [...addresses].map(([id, address]) => [id, { address, incarnation: incarnationOf(id) }]),
    ),
  )
  await raft.start()
}

async function load({ load, payloadBytes, isProfiled }: MemberLoad): Promise<MemberLoadResult> {
  const { raft, log } = opened()
  const payload = new Uint8Array(payloadBytes).fill(0x61)
  const before = {
    syncs: log.figures.syncs,
    entries: raft.metrics.appendEntries,
    cpu: process.cpuUsage(),
    loop: performance.eventLoopUtilization(),
    ms: performance.now(),
  }
  const operate = async (): Promise<boolean> =>
    (await raft.propose(payload, { timeoutMs: proposeMsMax })).ok
  const { result, profile } = isProfiled
    ? await recordProfile(() => runLoad(load, operate))
    : { result: await runLoad(load, operate), profile: undefined }
  const cpu = process.cpuUsage(before.cpu)
  const elapsedMs = performance.now() - before.ms
  const syncs = log.figures.syncs - before.syncs
  return {
    ...result,
    syncsPerSecond: (syncs * 1000) / elapsedMs,
    entriesPerSync: (raft.metrics.appendEntries - before.entries) / Math.max(syncs, 1),
    cpuShare: (cpu.user + cpu.system) / 1000 / elapsedMs,
    loopShare: performance.eventLoopUtilization(before.loop).utilization,
    profile,
  }
}

/** CPU this process has used since it started, ms. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

async function profile({ forMs }: { readonly forMs: number }): Promise<ProfileSummary> {
  return (await recordProfile(() => clock.sleep(forMs))).profile
}

/** Writes one entry after another until one commits in a later term, and says when it did. */
async function retry({ afterTerm }: { readonly afterTerm: number }): Promise<FirstCommit> {
  const { raft } = opened()
  const data = new TextEncoder().encode('next')
  let attempts = 0
  for (;;) {
    attempts += 1
    const outcome = await raft.propose(data, { timeoutMs: proposeMsMax })
    if (!outcome.ok) await clock.sleep(retryMs)
    else if (outcome.term > afterTerm) return { atNs: process.hrtime.bigint(), attempts }
  }
}

const answers: MemberAnswers = {
  open,
  start,
  load,
  retry,
  cpuMs,
  profile,
  status: () => {
    const { role, term, leader, applied, commit } = opened().raft.status()
    return { role, term, leader, applied, commit }
  },
}

serve(answers)
