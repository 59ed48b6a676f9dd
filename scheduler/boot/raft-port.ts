// The replication port: answers probes from the start, carries messages once there is Raft.
import { Server } from '@grpc/grpc-js'
import { CodedError, messageOf } from '../../base/index.ts'
import { raftServerOptions, registerRaftService } from '../../runtime/grpc-raft-transport.ts'
import type { GrpcRaftTransport } from '../../runtime/grpc-raft-transport.ts'
import { plainText } from '../../runtime/grpc-tls.ts'
import type { TransportSecurity } from '../../runtime/grpc-tls.ts'
import type { DataDirectory } from '../../storage/index.ts'
import { answerProgress } from './load-progress.ts'
import type { LoadProgress } from './load-progress.ts'
import type { AskerKnowledge } from './probe-knowledge.ts'
import { toProbeReply } from './probe-wire.ts'

/** Other members' way to this one. */
export class RaftPort {
  readonly #server = new Server(raftServerOptions)
  readonly #security: TransportSecurity
  #transport: GrpcRaftTransport | undefined
  #look: (() => LoadProgress) | undefined
  #knowledge: AskerKnowledge | undefined

  /** `bootId` is new with every start of the process; 32 lower-case hex characters. */
  constructor(
    directory: Pick<DataDirectory, 'probeAnswer'>,
    options: {
      readonly bootId: string
      /** Where there is TLS, everybody has to show a certificate. @default no TLS */
      readonly security?: TransportSecurity
    },
  ) {
    const { bootId, security = plainText } = options
    this.#security = security
    registerRaftService(this.#server, {
      transport: () => this.#transport,
      progress: (request) =>
        answerProgress(request, { bootId, answer: directory.probeAnswer, look: this.#look }),
      probe: (request) => {
        const answer = directory.probeAnswer
        // Nothing is said before the incarnation is on disk.
        if (answer === undefined) throw new CodedError('SCHED_STOPPING', 'not ready yet')
        const known = answer.state === 'member' ? this.#knowledge?.(request) : undefined
        return { ...toProbeReply(answer), ...known, bootId }
      },
    })
  }

  /** Hands streams of other members to `transport` from now on. */
  serve(transport: GrpcRaftTransport): void {
    this.#transport = transport
  }

  /** Says from now on what the state knows about members that ask; undefined: nothing. */
  inform(knowledge: AskerKnowledge | undefined): void {
    this.#knowledge = knowledge
  }

  /** Says from now on how far this member has come; undefined: no replica is opened any more. */
  report(look: (() => LoadProgress) | undefined): void {
    this.#look = look
  }

  /** Binds and serves; the bound port. Port 0 picks a free one. @throws SCHED_PORT_IN_USE */
  async listen(ip: string, port: number): Promise<number> {
    const address = `${ip.includes(':') ? `[${ip}]` : ip}:${port}`
    return new Promise<number>((done, fail) => {
      this.#server.bindAsync(address, this.#security.server('required'), (error, bound) => {
        if (error === null) done(bound)
        else fail(new CodedError('SCHED_PORT_IN_USE', `${address}: ${messageOf(error)}`))
      })
    })
  }

  /** Lets go of the transport, which is closed: messages are refused until the next one serves. */
  async release(): Promise<void> {
    const transport = this.#transport
    this.#transport = undefined
    await transport?.close()
  }

  async stop(): Promise<void> {
    await this.release()
    this.#server.forceShutdown()
  }
}
