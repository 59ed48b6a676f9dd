// For tests: as much of a scheduler cluster as a peer can see. Its members share one state and can
// be killed one by one; what they are told is kept for the test to look at.
import { credentials, Server, ServerCredentials, status } from '@grpc/grpc-js'
import type {
  sendUnaryData,
  ServerDuplexStream,
  ServerUnaryCall,
  UntypedServiceImplementation,
} from '@grpc/grpc-js'
import { dfCodes, DfError, loadServices, toWireStatus } from '../proto/index.ts'
import type { cdnsystemV1, DfCodeName, schedulerV1, schedulerV2 } from '../proto/index.ts'

type Stream = ServerDuplexStream<schedulerV1.PieceResult__Output, schedulerV1.PeerPacket>

interface FakePeer {
  readonly id: string
  readonly host: schedulerV1.PeerHost
  readonly blocked: Set<string>
  state: 'waiting' | 'downloading' | 'source' | 'succeeded'
  stream: Stream | undefined
}

export interface FakeTask {
  readonly peers: Map<string, FakePeer>
  isCached: boolean
  isSucceeded: boolean
  contentLength: number
  totalPieces: number
}

type RegisterAnswer = schedulerV1.RegisterResult | undefined

export interface FakeMember {
  readonly address: string
  /** Cuts every connection at once, as kill -9 does. */
  kill(): void
}

/** The state all members share, with switches that make them misbehave. */
export class FakeCluster {
  readonly tasks = new Map<string, FakeTask>()
  readonly hosts = new Map<string, schedulerV2.AnnounceHostRequest__Output>()
  readonly calls: string[] = []
  readonly pieceResults: schedulerV1.PieceResult__Output[] = []
  readonly peerResults: schedulerV1.PeerResult__Output[] = []
  /** Calls that answer UNAVAILABLE, by the names `calls` holds. */
  readonly refused = new Set<string>()
  /** Calls that are refused for good, by the same names. */
  readonly forbidden = new Set<string>()
  /** ip:port of a seed peer that is sent to the origin in place of the first peer. */
  seedAddress: string | undefined
  /** Answers RegisterPeerTask in place of the usual when it returns something; may throw. */
  onRegister: ((request: schedulerV1.PeerTaskRequest__Output) => RegisterAnswer) | undefined
  /** Answers the begin of a stream in place of the usual when it returns true. */
  onBegin: ((stream: Stream) => boolean) | undefined
  readonly #members: FakeMember[] = []

  /** Starts one more member. */
  async listen(): Promise<FakeMember> {
    const services = loadServices()
    const server = new Server()
    server.addService(services.schedulerV1.service, this.#handlersV1())
    server.addService(services.schedulerV2.service, this.#handlersV2())
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => {
        if (error === null) resolve(bound)
        else reject(error)
      })
    })
    const member = { address: `127.0.0.1:${port}`, kill: () => server.forceShutdown() }
    this.#members.push(member)
    return member
  }

  stop(): void {
    for (const member of this.#members) member.kill()
  }

  /** Forgets everything, as a cluster made anew has. */
  forget(): void {
    this.tasks.clear()
    this.hosts.clear()
  }

  #handlersV1(): UntypedServiceImplementation {
    return {
      registerPeerTask: this.#unary('register', (request: schedulerV1.PeerTaskRequest__Output) =>
        this.#register(request),
      ),
      reportPieceResult: (stream: Stream) => this.#serve(stream),
      reportPeerResult: this.#unary('result', (request: schedulerV1.PeerResult__Output) =>
        this.#result(request),
      ),
      announceTask: this.#unary('announce', (request: schedulerV1.AnnounceTaskRequest__Output) =>
        this.#announce(request),
      ),
      statTask: this.#unary('stat', (request: schedulerV1.StatTaskRequest__Output) =>
        this.#stat(request.taskId),
      ),
      leaveTask: this.#unary('leave', ({ taskId, peerId }: schedulerV1.PeerTarget__Output) => {
        this.tasks.get(taskId)?.peers.delete(peerId)
        return {}
      }),
      leaveHost: this.#unary('leave-host', ({ id }: schedulerV1.LeaveHostRequest__Output) => {
        this.hosts.delete(id)
        return {}
      }),
    }
  }

  #handlersV2(): UntypedServiceImplementation {
    return {
      announceHost: this.#unary('host', (request: schedulerV2.AnnounceHostRequest__Output) => {
        this.hosts.set(request.host!.id, request)
        return {}
      }),
    }
  }

  #unary<Request, Reply>(
    name: string,
    act: (request: Request) => Reply,
  ): (call: ServerUnaryCall<Request, Reply>, callback: sendUnaryData<Reply>) => void {
    return (call, callback) => {
      this.calls.push(name)
      try {
        if (this.refused.has(name)) throw new Error('no leader')
        if (this.forbidden.has(name)) throw new DfError(dfCodes.BadRequest, 'not allowed')
        callback(null, act(call.request))
      } catch (error) {
        callback(
          error instanceof DfError
            ? toWireStatus(error)
            : { code: status.UNAVAILABLE, details: String(error) },
        )
      }
    }
  }

  #task(taskId: string): FakeTask {
    const known = this.tasks.get(taskId)
    if (known !== undefined) return known
    const task: FakeTask = {
      peers: new Map(),
      isCached: false,
      isSucceeded: false,
      contentLength: -1,
      totalPieces: -1,
    }
    this.tasks.set(taskId, task)
    return task
  }

  #register(request: schedulerV1.PeerTaskRequest__Output): schedulerV1.RegisterResult {
    const { taskId, peerId, peerHost } = request
    const task = this.#task(taskId)
    if (!task.peers.has(peerId)) this.#addPeer(task, peerId, peerHost!)
    const special = this.onRegister?.(request)
    if (special !== undefined) return special
    const isEmpty = task.isSucceeded && task.contentLength === 0
    if (this.seedAddress !== undefined && task.peers.size === 1) this.#seed(request)
    return { taskId, sizeScope: isEmpty ? 'EMPTY' : 'NORMAL' }
  }

  #addPeer(task: FakeTask, id: string, host: schedulerV1.PeerHost): FakePeer {
    const peer: FakePeer = {
      id,
      host,
      blocked: new Set(),
      state: 'waiting',
      stream: undefined,
    }
    task.peers.set(id, peer)
    return peer
  }

  #serve(stream: Stream): void {
    this.calls.push('stream')
    let peer: FakePeer | undefined
    stream.on('error', () => {})
    stream.on('end', () => stream.end())
    stream.on('data', (result: schedulerV1.PieceResult__Output) => {
      this.pieceResults.push(result)
      const task = this.tasks.get(result.taskId)
      peer = task?.peers.get(result.srcPid)
      if (task === undefined || peer === undefined) {
        const gone = new DfError(dfCodes.SchedReregister, 'peer unknown')
        stream.emit('error', toWireStatus(gone))
        return
      }
      peer.stream = stream
      if (result.pieceInfo?.pieceNum === -1) {
        if (this.onBegin?.(stream) !== true) this.#schedule(task, peer)
      } else if (!result.success && result.dstPid !== '') {
        peer.blocked.add(result.dstPid)
        this.#schedule(task, peer)
      } else if (result.success) {
        if (peer.state === 'waiting') peer.state = 'downloading'
        this.#scheduleWaiting(task)
      }
    })
  }

  #schedule(task: FakeTask, peer: FakePeer): void {
    if (peer.state === 'source') return
    const parents = [...task.peers.values()].filter(
      (other) => other !== peer && other.state !== 'waiting' && !peer.blocked.has(other.id),
    )
    if (parents.length > 0) {
      const named = parents.map(({ id, host }) => ({
        ip: host.ip ?? '',
        rpcPort: host.rpcPort ?? 0,
        peerId: id,
      }))
      this.#send(peer, { code: 'Success', mainPeer: named[0]!, candidatePeers: named.slice(1) })
      return
    }
    const hasSource = [...task.peers.values()].some((other) => other.state === 'source')
    if (task.isCached) this.#send(peer, { code: 'PeerTaskNotFound' })
    else if (!hasSource && this.seedAddress === undefined) {
      peer.state = 'source'
      this.#send(peer, { code: 'SchedNeedBackSource' })
    } else peer.state = 'waiting'
  }

  #scheduleWaiting(task: FakeTask): void {
    for (const peer of task.peers.values()) {
      if (peer.state === 'waiting' && peer.stream !== undefined) this.#schedule(task, peer)
    }
  }

  #send(peer: FakePeer, packet: { code: DfCodeName } & schedulerV1.PeerPacket): void {
    peer.stream?.write({ srcPid: peer.id, ...packet })
  }

  #result(request: schedulerV1.PeerResult__Output): object {
    this.peerResults.push(request)
    const task = this.tasks.get(request.taskId)
    const peer = task?.peers.get(request.peerId)
    if (task === undefined || peer === undefined) {
      throw new DfError(dfCodes.SchedPeerNotFound, 'peer unknown')
    }
    if (request.success) {
      peer.state = 'succeeded'
      this.#succeed(task, request.contentLength, request.totalPieceCount)
    } else task.peers.delete(peer.id)
    this.#scheduleWaiting(task)
    return {}
  }

  #succeed(task: FakeTask, contentLength: number, totalPieces: number): void {
    task.isSucceeded = true
    task.contentLength = contentLength
    task.totalPieces = totalPieces
  }

  #announce(request: schedulerV1.AnnounceTaskRequest__Output): object {
    const task = this.#task(request.taskId)
    const packet = request.piecePacket!
    task.isCached ||= request.taskType === 'DfCache'
    this.#succeed(task, packet.contentLength, packet.totalPiece)
    this.#addPeer(task, packet.dstPid, request.peerHost!).state = 'succeeded'
    this.#scheduleWaiting(task)
    return {}
  }

  #stat(taskId: string): schedulerV1.Task {
    const task = this.tasks.get(taskId)
    if (task === undefined) throw new DfError(dfCodes.PeerTaskNotFound, 'task unknown')
    return {
      id: taskId,
      state: task.isSucceeded ? 'Succeeded' : 'Running',
      contentLength: task.contentLength,
      totalPieceCount: task.totalPieces,
      peerCount: task.peers.size,
      hasAvailablePeer: [...task.peers.values()].some((peer) => peer.state !== 'waiting'),
    }
  }

  /** Makes the seed peer fetch the content, as the schedulers' outbox does. */
  #seed(request: schedulerV1.PeerTaskRequest__Output): void {
    const address = this.seedAddress!
    const client = new (loadServices().seederV1)(address, credentials.createInsecure())
    const { taskId, url, urlMeta } = request
    const call = client.obtainSeeds({ taskId, url, urlMeta })
    call.on('error', () => client.close())
    call.on('end', () => client.close())
    call.on('data', (seed: cdnsystemV1.PieceSeed__Output) => {
      const task = this.#task(taskId)
      const [ip, port] = address.split(':')
      const host = { ip: ip ?? '', rpcPort: Number(port), id: seed.hostId }
      const peer = task.peers.get(seed.peerId) ?? this.#addPeer(task, seed.peerId, host)
      peer.state = seed.done ? 'succeeded' : 'source'
      if (seed.done) this.#succeed(task, seed.contentLength, seed.totalPieceCount)
      this.#scheduleWaiting(task)
    })
  }
}
