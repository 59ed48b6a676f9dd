// A scripted client of API v2: announces its host, and one stream a download.
import { status } from '@grpc/grpc-js'
import { fromWireStatus, StatusError } from '../../../proto/index.ts'
import type { schedulerV2 } from '../../../proto/index.ts'
import { Conversation } from './conversation.ts'
import type { MemberStub, PeerName } from './member-stub.ts'
import { announceHostV2, piecesEach, pieceV2, registerV2 } from './requests.ts'
import { ScriptedClient, wordMsMax } from './scripted-client.ts'
import type { Download, ScriptedClientOptions } from './scripted-client.ts'

/** Longer than any run. */
const announceIntervalMs = 3_600_000

export class ScriptedV2 extends ScriptedClient {
  constructor(options: ScriptedClientOptions) {
    super('v2', options)
  }

  protected async introduce(stub: MemberStub, hostId: string): Promise<void> {
    await stub.announceHost(announceHostV2(hostId, announceIntervalMs))
    this.ledger.hostAnnounced(hostId)
  }

  protected async open(stub: MemberStub, name: PeerName, isAgain: boolean): Promise<Download> {
    if (isAgain) await this.#checkKnown(stub, name)
    // Every other download asks for other parents half-way.
    return new DownloadV2(stub, name, this.rounds % 2 === 0, () => this.ledger.registered(name))
  }

  protected leavePeer(stub: MemberStub, name: PeerName): Promise<unknown> {
    return stub.deletePeer(name)
  }

  protected async leaveHost(stub: MemberStub, hostId: string): Promise<unknown> {
    // Said twice, the second time it is gone already.
    return stub.deleteHost(hostId).catch((error: unknown) => {
      if (!isNotFound(error)) throw error
    })
  }

  /** It has ended when its last word arrived and only the end of the stream was lost. */
  protected async finishElsewhere(stub: MemberStub, name: PeerName): Promise<boolean> {
    return (await stub.statPeer(name)).state === 'Succeeded'
  }

  /** The next member knows a peer that was acknowledged, and where it stands. */
  async #checkKnown(stub: MemberStub, name: PeerName): Promise<void> {
    if (!this.ledger.knows(name)) return
    const { state } = await stub.statPeer(name)
    if (!['ReceivedNormal', 'Running', 'BackToSource', 'Succeeded'].includes(state)) {
      this.ledger.fault(`${this.label}: ${name.peerId} is ${state} at ${stub.address}`)
    }
  }
}

class DownloadV2 implements Download {
  readonly #name: PeerName
  readonly #stream: Conversation<
    schedulerV2.AnnouncePeerRequest,
    schedulerV2.AnnouncePeerResponse__Output
  >
  readonly #asksAgain: boolean
  readonly #onRegistered: () => void
  /** '' = the source. */
  #parentId = ''

  constructor(stub: MemberStub, name: PeerName, asksAgain: boolean, onRegistered: () => void) {
    this.#name = name
    this.#asksAgain = asksAgain
    this.#onRegistered = onRegistered
    this.#stream = new Conversation(stub.openPeer())
    this.#stream.say(registerV2(name))
  }

  async ready(): Promise<void> {
    await this.#answered()
    this.#onRegistered()
  }

  async piece(number: number): Promise<void> {
    const { end } = this.#stream
    if (end !== undefined) throw end.error ?? new Error('the member ended the stream by itself')
    if (this.#asksAgain && number === piecesEach / 2 && this.#parentId !== '') {
      const candidateParents = [{ id: this.#parentId }]
      this.#stream.say({ ...this.#name, reschedulePeerRequest: { candidateParents } })
      await this.#answered()
    }
    this.#stream.say(pieceV2(this.#name, number, this.#parentId))
  }

  async finish(): Promise<void> {
    const end =
      this.#parentId === ''
        ? { downloadPeerBackToSourceFinishedRequest: {} }
        : { downloadPeerFinishedRequest: {} }
    this.#stream.say({ ...this.#name, ...end })
    await this.#stream.untilEnd(wordMsMax)
  }

  end(): void {
    this.#stream.cancel()
  }

  /** Takes the answer to a registration or a request for other parents, and starts. */
  async #answered(): Promise<void> {
    const { response, normalTaskResponse } = await this.#stream.hear(wordMsMax)
    if (response === 'normalTaskResponse') {
      const [parent] = normalTaskResponse?.candidateParents ?? []
      if (parent?.host === undefined) throw new Error('a response without a parent and its host')
      this.#parentId = parent.id
      this.#stream.say({ ...this.#name, downloadPeerStartedRequest: {} })
    } else if (response === 'needBackToSourceResponse') {
      this.#parentId = ''
      this.#stream.say({ ...this.#name, downloadPeerBackToSourceStartedRequest: {} })
    } else {
      throw new Error(`a response ${String(response)}`)
    }
  }
}

function isNotFound(error: unknown): boolean {
  const known = fromWireStatus(error)
  return known instanceof StatusError && known.grpcStatus === status.NOT_FOUND
}
