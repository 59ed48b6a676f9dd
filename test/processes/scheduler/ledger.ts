// What the scheduler has acknowledged, client by client: all of it must be found on every member.
import { fromWireStatus, isRetryable } from '../../../proto/index.ts'
import { check } from './steps.ts'
import { MemberStub } from './member-stub.ts'
import type { PeerName, TableRow } from './member-stub.ts'
import type { Uptimes } from './uptimes.ts'

/** `finished`: there and Succeeded. `gone`: it left or was deleted. */
type PeerFate = 'present' | 'finished' | 'gone'

export class Ledger {
  readonly #uptimes: Uptimes
  readonly #peers = new Map<string, PeerFate>()
  readonly #tasks = new Set<string>()
  readonly #hosts = new Map<string, 'present' | 'gone'>()
  readonly #faults: string[] = []
  /** Retryable errors of members that were up: due only where there was no leader for too long. */
  readonly #errors: { readonly atMs: number; readonly text: string }[] = []
  readonly counts = { registered: 0, announced: 0, left: 0, crashed: 0, retried: 0 }

  constructor(uptimes: Uptimes) {
    this.#uptimes = uptimes
  }

  registered(name: PeerName): void {
    this.counts.registered += 1
    this.#peers.set(keyOf(name), 'present')
  }

  /** Its registration was acknowledged. */
  knows(name: PeerName): boolean {
    return this.#peers.has(keyOf(name))
  }

  finished(name: PeerName): void {
    this.#peers.set(keyOf(name), 'finished')
  }

  left(name: PeerName): void {
    this.counts.left += 1
    this.#peers.set(keyOf(name), 'gone')
  }

  /** A task that was announced is there for good: nobody deletes it. */
  announced(taskId: string): void {
    this.counts.announced += 1
    this.#tasks.add(taskId)
  }

  hostAnnounced(hostId: string): void {
    this.counts.announced += 1
    this.#hosts.set(hostId, 'present')
  }

  /** With everything it had. */
  hostLeft(hostId: string, peers: readonly PeerName[]): void {
    this.counts.left += 1
    this.#hosts.set(hostId, 'gone')
    for (const name of peers) this.#peers.set(keyOf(name), 'gone')
  }

  /** A client vanished: nothing more is known of its peer. */
  crashed(name: PeerName): void {
    this.counts.crashed += 1
    this.#peers.delete(keyOf(name))
  }

  /**
   * A call or stream ended with an error. It is due only when the client may retry it and the
   * member it came from was not up.
   */
  failed(client: string, address: string, what: string, error: unknown): void {
    const known = fromWireStatus(error)
    this.counts.retried += 1
    if (isRetryable(known) && !this.#uptimes.isUp(address)) return
    const text = `${client} at ${address}, ${what}: ${known.message} [${known.code}]`
    if (isRetryable(known)) this.#errors.push({ atMs: performance.now(), text })
    else this.fault(text)
  }

  /** Something that must never be. */
  fault(text: string): void {
    this.#faults.push(text)
  }

  /** @throws when something was that must never be */
  checkFaults(): void {
    const first = this.#faults.slice(0, 5).join('; ')
    check(this.#faults.length === 0, `${this.#faults.length} faults: ${first}`)
  }

  /** @throws when a client saw an error of a member that was up and had a leader */
  checkErrors(): void {
    const undue = this.#errors.filter(({ atMs }) => !this.#uptimes.wasLeaderless(atMs))
    const first = undue.slice(0, 5).map(({ text }) => text)
    check(undue.length === 0, `${undue.length} errors of survivors: ${first.join('; ')}`)
  }

  /** @throws when a member lacks what was acknowledged, or has what has left */
  async checkMember(address: string): Promise<number> {
    const stub = new MemberStub(address)
    try {
      const peers = await stub.rows('peers')
      const tasks = await stub.rows('tasks')
      const hosts = new Set((await stub.listHosts(true)).map(({ id }) => id))
      const wrong = [
        ...[...this.#peers].flatMap(([key, fate]) => wrongPeer(key, fate, peers.get(key))),
        ...[...this.#tasks].filter((id) => tasks.get(id)?.['state'] !== 'Succeeded'),
        ...[...this.#hosts].flatMap(([id, fate]) =>
          hosts.has(id) === (fate === 'present') ? [] : [`host ${id} should be ${fate}`],
        ),
      ]
      const first = wrong.slice(0, 5).join('; ')
      check(wrong.length === 0, `${address} is wrong about ${wrong.length}: ${first}`)
      return this.#peers.size + this.#tasks.size + this.#hosts.size
    } finally {
      stub.close()
    }
  }
}

function wrongPeer(key: string, fate: PeerFate, row: TableRow | undefined): readonly string[] {
  const state = row?.['state']
  const isRight =
    fate === 'gone'
      ? row === undefined
      : fate === 'finished'
        ? state === 'Succeeded'
        : row !== undefined
  return isRight ? [] : [`peer ${key.replace('\n', ' ')} is ${String(state)}, should be ${fate}`]
}

/** Key of a row of the table of peers. */
export function keyOf({ taskId, peerId }: Pick<PeerName, 'taskId' | 'peerId'>): string {
  return `${taskId}\n${peerId}`
}
