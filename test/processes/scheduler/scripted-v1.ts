// A scripted client of API v1: registers, reports pieces on a stream, reports its result.
import { dfCodeNumber, dfCodes } from '../../../proto/index.ts'
import type { schedulerV1 } from '../../../proto/index.ts'
import { Conversation } from './conversation.ts'
import type { MemberStub, PeerName } from './member-stub.ts'
import { beginV1, pieceV1, registerV1, resultV1 } from './requests.ts'
import { ScriptedClient, wordMsMax } from './scripted-client.ts'
import type { Download, ScriptedClientOptions } from './scripted-client.ts'

export class ScriptedV1 extends ScriptedClient {
  constructor(options: ScriptedClientOptions) {
    super('v1', options)
  }

  /** A registration brings its host along. */
  protected async introduce(): Promise<void> {}

  protected async open(stub: MemberStub, name: PeerName): Promise<Download> {
    await stub.registerPeerTask(registerV1(name))
    this.ledger.registered(name)
    const onLateError = (error: unknown): void =>
      this.ledger.failed(this.label, stub.address, 'end of the stream', error)
    return new DownloadV1(stub, name, onLateError)
  }

  protected leavePeer(stub: MemberStub, name: PeerName): Promise<unknown> {
    return stub.leaveTask(name)
  }

  protected leaveHost(stub: MemberStub, hostId: string): Promise<unknown> {
    return stub.leaveHost(hostId)
  }

  /** A result may be reported twice, at any member. */
  protected async finishElsewhere(stub: MemberStub, name: PeerName): Promise<boolean> {
    await stub.reportPeerResult(resultV1(name))
    return true
  }
}

class DownloadV1 implements Download {
  readonly #stub: MemberStub
  readonly #name: PeerName
  readonly #onLateError: (error: unknown) => void
  readonly #stream: Conversation<schedulerV1.PieceResult, schedulerV1.PeerPacket__Output>
  /** '' = the source. */
  #parentId = ''

  constructor(stub: MemberStub, name: PeerName, onLateError: (error: unknown) => void) {
    this.#stub = stub
    this.#name = name
    this.#onLateError = onLateError
    this.#stream = new Conversation(stub.openPieces())
    this.#stream.say(beginV1(name))
  }

  async ready(): Promise<void> {
    this.#take(await this.#stream.hear(wordMsMax))
  }

  async piece(number: number): Promise<void> {
    const { end } = this.#stream
    if (end !== undefined) throw end.error ?? new Error('the member ended the stream by itself')
    for (let packet = this.#stream.poll(); packet !== undefined; packet = this.#stream.poll()) {
      this.#take(packet)
    }
    this.#stream.say(pieceV1(this.#name, number, this.#parentId))
  }

  async finish(): Promise<void> {
    await this.#stub.reportPeerResult(resultV1(this.#name))
    // What follows changes nothing any more: the result is acknowledged.
    this.#stream.halfClose()
    await this.#stream.untilEnd(wordMsMax).catch(this.#onLateError)
  }

  end(): void {
    this.#stream.cancel()
  }

  #take(packet: schedulerV1.PeerPacket__Output): void {
    const code = dfCodeNumber(packet.code)
    if (code === dfCodes.Success) this.#parentId = packet.mainPeer?.peerId ?? ''
    else if (code === dfCodes.SchedNeedBackSource) this.#parentId = ''
    else throw new Error(`a packet with code ${packet.code}`)
  }
}
