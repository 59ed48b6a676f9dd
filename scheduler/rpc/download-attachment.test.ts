// Streams of API v2 outlive the session of their member: at a whole member first, then case by case
// with a state and answers made up.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { nullLogger } from '../../base/index.ts'
import { SystemClock } from '../../runtime/index.ts'
import { getPeer, startDownload } from '../replication/commands/index.ts'
import type { PeerRow, RegisterDownload } from '../replication/commands/index.ts'
import type { StateReader } from '../replication/index.ts'
import { DownloadAttachment } from './download-attachment.ts'
import type { AttachmentDeps } from './download-attachment.ts'
import { announceHosts, downloadOf, fetchFromSource, TestDownload } from './download.suite.ts'
import type { CommandPort } from './ports.ts'
import { startSingleMember } from './single-member.suite.ts'
import type { SingleMember } from './single-member.suite.ts'

describe('at a member whose session is closed', () => {
  let member: SingleMember
  beforeEach(async () => {
    member = await startSingleMember()
    await announceHosts(member.v2, 1, 2, 3)
  })
  afterEach(() => member.stop())

  const peer = (n: number): PeerRow | undefined => getPeer(member.reader, downloadOf('t', n))

  async function until(condition: () => boolean): Promise<void> {
    const endMs = performance.now() + 20_000
    while (!condition()) {
      expect(performance.now()).toBeLessThan(endMs)
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  /** As a leader does that takes the member for dead; the next session is open afterwards. */
  async function closeSession(): Promise<void> {
    const { proposer, state } = member
    const { sessionId } = proposer
    await proposer.propose(state.registry.closeSession, { sessionId }, { timeoutMs: 5_000 })
    await until(() => proposer.sessionId > sessionId)
  }

  test('a stream goes on in the next session, and its client does not notice', async () => {
    const stream = new TestDownload(member.v2, downloadOf('t', 1))
    stream.register()
    await stream.sentToSource()
    stream.sourceStarted()
    await closeSession()
    await until(() => peer(1)?.ownerSessionId === member.proposer.sessionId)
    stream.sourcePieceFinished(0)
    await until(() => peer(1)?.finishedPieceCount === 1)
    stream.sourceFinished()
    expect(await stream.ended).toBeUndefined()
    expect(stream.waiting).toBe(0)
    expect(peer(1)?.state).toBe('Succeeded')
  })

  test('a stream that waits for parents is answered in the next session, once', async () => {
    await fetchFromSource(member.v2, downloadOf('t', 1))
    const stream = new TestDownload(member.v2, downloadOf('t', 2))
    stream.register()
    expect(await stream.parents()).toEqual(['t-peer-1'])
    stream.reschedule('t-peer-1')
    await until(() => peer(2)?.blockedParents.length === 1)
    await closeSession()
    await until(() => peer(2)?.ownerSessionId === member.proposer.sessionId)
    await fetchFromSource(member.v2, downloadOf('t', 3))
    expect(await stream.parents()).toEqual(['t-peer-3'])
    stream.started()
    stream.finished()
    expect(await stream.ended).toBeUndefined()
    expect(stream.waiting).toBe(0)
  })

  test('commands on their way are applied once, whichever session takes them', async () => {
    const streams = Array.from({ length: 20 }, (_, n) => {
      const stream = new TestDownload(member.v2, downloadOf(`t${n}`, 1))
      stream.register()
      stream.sourceStarted()
      stream.sourcePieceFinished(0)
      stream.sourcePieceFinished(1)
      stream.sourceFinished()
      return stream
    })
    for (let i = 0; i < 5; i += 1) await closeSession()
    for (const stream of streams) {
      await stream.sentToSource()
      expect(await stream.ended).toBeUndefined()
      const row = getPeer(member.reader, stream.name)
      expect(row).toMatchObject({ state: 'Succeeded', ownerSessionId: 0 })
    }
  })
})

describe('an attachment', () => {
  const body: RegisterDownload = {
    acceptedIndex: 1,
    task: {
      id: 't',
      type: 'standard',
      url: 'http://origin.example/file',
      digest: '',
      tag: '',
      application: '',
      filteredQueryParams: [],
      headers: [],
      pieceLength: 0,
    },
    hostId: 'h',
    peerId: 'p',
    range: '',
    priority: 0,
    effectivePriority: 0,
    concurrentPieceCount: 0,
    needBackToSource: false,
    metadataOnly: false,
    contentLength: -1,
    totalPieceCount: -1,
    seedDownload: new Uint8Array(0),
    streamId: 1,
  }

  /** What the state says of the peer, and what commands answer, in order; texts are refusals. */
  interface Script {
    row: Partial<PeerRow> | undefined
    readonly results: unknown[]
  }

  function attachmentOf(script: Script): {
    readonly attachment: DownloadAttachment
    readonly proposed: readonly string[]
    readonly events: readonly unknown[]
    readonly routed: ReadonlySet<number>
    /** What the reattach-stream commands said they had. */
    readonly epochs: readonly number[]
  } {
    const proposed: string[] = []
    const epochs: number[] = []
    const events: unknown[] = []
    const routed = new Set<number>()
    let streamId = 0
    const propose = async (
      { name }: { readonly name: string },
      { attachEpoch }: { readonly attachEpoch?: number },
    ): Promise<unknown> => {
      proposed.push(name)
      if (attachEpoch !== undefined) epochs.push(attachEpoch)
      const result = (await script.results.shift()) ?? { ok: true }
      if (typeof result === 'string') return { ok: false, reason: result }
      return { ok: true, index: 5, result }
    }
    const commands = { sessionId: 7, propose } as unknown as CommandPort
    const reader: Partial<StateReader> = { get: () => script.row as never }
    const deps: AttachmentDeps = {
      clock: new SystemClock(),
      logger: nullLogger,
      commands,
      state: { reader: reader as StateReader },
      reports: { flushPeer: () => {} } as unknown as AttachmentDeps['reports'],
      router: {
        nextStreamId: () => (streamId += 1),
        register: (id) => routed.add(id),
        unregister: (id) => routed.delete(id),
        detach: () => proposed.push('detach-stream'),
        isOwnSession: (id) => id === 7,
      },
      stream: {
        deliver: () => {},
        fail: (error) => events.push((error as { code?: string }).code),
        leaderLost: () => {},
        sessionClosed: () => {},
        stateReplaced: () => {},
      },
      isAnswerDue: () => false,
      onGap: () => events.push('gap'),
    }
    const attachment = new DownloadAttachment(deps, { taskId: 't', peerId: 'p' })
    return { attachment, proposed, events, routed, epochs }
  }

  const accepted = { ok: true, outcome: 'scheduled', known: false, attachEpoch: 5 }
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

  test('ends its stream when another stream took the peer meanwhile', async () => {
    const refused = { ok: false, reason: 'stale-attachment' }
    const at = attachmentOf({ row: undefined, results: [accepted, refused] })
    await at.attachment.register(body)
    at.attachment.sessionClosed()
    await turn()
    expect(at.proposed).toEqual(['register-download', 'reattach-stream'])
    expect(at.events).toEqual(['SCHED_ATTACHMENT_LOST'])
  })

  test('ends its stream as one to be opened again when it cannot be made anew', async () => {
    const at = attachmentOf({ row: undefined, results: [accepted, 'unavailable'] })
    await at.attachment.register(body)
    at.attachment.sessionClosed()
    await turn()
    expect(at.events).toEqual(['SCHED_NO_LEADER'])
  })

  test('that may have been made is given back, one that was not is not', async () => {
    const maybe = attachmentOf({ row: undefined, results: ['unknown-outcome'] })
    const unavailable = { code: 'SCHED_NO_LEADER' }
    await expect(maybe.attachment.register(body)).rejects.toMatchObject(unavailable)
    maybe.attachment.release()
    expect(maybe.proposed).toEqual(['register-download', 'detach-stream'])
    const never = attachmentOf({ row: undefined, results: ['overloaded'] })
    const overloaded = { code: 'SCHED_OVERLOADED' }
    await expect(never.attachment.register(body)).rejects.toMatchObject(overloaded)
    expect(never.attachment.owner).toBeUndefined()
    never.attachment.release()
    expect(never.proposed).toEqual(['register-download'])
  })

  test('that was given up meanwhile takes no more commands', async () => {
    const at = attachmentOf({ row: undefined, results: [accepted] })
    await at.attachment.register(body)
    at.attachment.release()
    const command = at.attachment.command(startDownload, { backToSource: false })
    await expect(command).rejects.toMatchObject({ code: 'SCHED_NO_LEADER' })
    expect(at.proposed).toEqual(['register-download', 'detach-stream'])
  })

  test('waits for what its last attempt did when the next session is closed, too', async () => {
    const again = { ok: true, state: 'Running', attachEpoch: 9 }
    let answer = (_result: typeof again): void => {}
    const slow = new Promise<typeof again>((resolve) => {
      answer = resolve
    })
    const script: Script = { row: undefined, results: [accepted, slow, again] }
    const at = attachmentOf(script)
    await at.attachment.register(body)
    at.attachment.sessionClosed()
    at.attachment.sessionClosed()
    await turn()
    // The attempt goes on through the session after that by itself.
    expect(at.epochs).toEqual([5])
    script.row = { streamId: 2, ownerSessionId: 6, attachEpoch: 9 }
    answer(again)
    await turn()
    expect(at.epochs).toEqual([5, 9])
    expect(at.events).toEqual(['gap'])
    expect([...at.routed]).toEqual([3])
  })

  test('that its stream does not need any more is not kept', async () => {
    const again = { ok: true, state: 'Succeeded', attachEpoch: 9 }
    const at = attachmentOf({ row: undefined, results: [accepted, again] })
    await at.attachment.register(body)
    at.attachment.sessionClosed()
    // The download had ended before the session did.
    at.attachment.forget()
    await turn()
    expect(at.proposed).toEqual(['register-download', 'reattach-stream', 'detach-stream'])
  })

  test('that another state overtook while it was made may have missed an answer', async () => {
    const cases: [row: Partial<PeerRow> | undefined, proposed: number][] = [
      [{ streamId: 1, ownerSessionId: 7, attachEpoch: 5 }, 1],
      [{ streamId: 0, ownerSessionId: 0, attachEpoch: 5 }, 2],
    ]
    for (const [row, proposed] of cases) {
      const again = { ok: true, state: 'Running', attachEpoch: 9 }
      const at = attachmentOf({ row, results: [accepted, again] })
      const registered = at.attachment.register(body)
      at.attachment.stateReplaced()
      await registered
      await turn()
      expect(at.events).toEqual(['gap'])
      expect(at.proposed).toHaveLength(proposed)
    }
  })

  test('repeats a command that was refused only because of the session', async () => {
    const stale = { ok: false, reason: 'stale-attachment' }
    const again = { ok: true, state: 'Running', attachEpoch: 9 }
    const at = attachmentOf({ row: undefined, results: [accepted, stale, again] })
    await at.attachment.register(body)
    const command = at.attachment.command(startDownload, { backToSource: false })
    await Promise.resolve()
    at.attachment.sessionClosed()
    await command
    const names = ['register-download', 'start-download', 'reattach-stream', 'start-download']
    expect(at.proposed).toEqual(names)
    expect(at.events).toEqual(['gap'])
    expect(at.attachment.owner?.streamId).toBe(2)
    expect([...at.routed]).toEqual([2])
  })

  test('does not repeat a command that is refused for good', async () => {
    const stale = { ok: false, reason: 'stale-attachment' }
    const at = attachmentOf({ row: undefined, results: [accepted, stale] })
    await at.attachment.register(body)
    const command = at.attachment.command(startDownload, { backToSource: false })
    await expect(command).rejects.toMatchObject({ code: 'SCHED_ATTACHMENT_LOST' })
    expect(at.proposed).toHaveLength(2)
  })

  test('over another state goes on, is attached again, or ends', async () => {
    const cases: [row: Partial<PeerRow> | undefined, events: unknown[], proposed: number][] = [
      // Still on this stream: only an answer may have been lost.
      [{ streamId: 1, ownerSessionId: 7, attachEpoch: 5 }, ['gap'], 1],
      // Its session was closed on the way.
      [{ streamId: 0, ownerSessionId: 0, attachEpoch: 5 }, ['gap'], 2],
      [{ streamId: 1, ownerSessionId: 6, attachEpoch: 5 }, ['gap'], 2],
      // Another stream had it, or has it.
      [{ streamId: 3, ownerSessionId: 8, attachEpoch: 6 }, ['SCHED_ATTACHMENT_LOST'], 1],
      [undefined, ['SCHED_PEER_NOT_FOUND'], 1],
    ]
    for (const [row, events, proposed] of cases) {
      const again = { ok: true, state: 'Running', attachEpoch: 9 }
      const script: Script = { row: undefined, results: [accepted, again] }
      const at = attachmentOf(script)
      await at.attachment.register(body)
      script.row = row
      at.attachment.stateReplaced()
      await turn()
      expect(at.events).toEqual(events)
      expect(at.proposed).toHaveLength(proposed)
    }
  })

  test('that is not there is not renewed, and gives nothing back', async () => {
    const refused = { ok: false, reason: 'host-not-found' }
    const at = attachmentOf({ row: undefined, results: [refused] })
    await at.attachment.register(body)
    at.attachment.sessionClosed()
    at.attachment.stateReplaced()
    at.attachment.release()
    await turn()
    expect(at.proposed).toEqual(['register-download'])
    expect(at.events).toEqual([])
    expect(at.routed.size).toBe(0)
  })

  test('is given back once', async () => {
    const at = attachmentOf({ row: undefined, results: [accepted] })
    await at.attachment.register(body)
    at.attachment.release()
    at.attachment.release()
    expect(at.proposed).toEqual(['register-download', 'detach-stream'])
    expect(at.routed.size).toBe(0)
  })
})
