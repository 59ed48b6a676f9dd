import { describe, expect, it } from 'vitest'
import { acknowledgedWrites } from './acknowledged-writes.ts'
import { atMostOnce } from './at-most-once.ts'
import { freshReads } from './fresh-reads.ts'
import { commandEntry, entryOf, HandMadeRun } from './hand-made-run.suite.ts'
import { linearizable } from './linearizable.ts'
import { noPhantoms } from './no-phantoms.ts'
import { noResurrection } from './no-resurrection.ts'
import { sessionGuarantees } from './session-guarantees.ts'
import { announceTask, commandRequest, leaveTask } from '../../scheduler/replication/index.ts'
import type { CommandReport, CommandRequest } from '../../scheduler/replication/index.ts'

const write = (value: string) => ({ kind: 'write', value }) as const
const read = { kind: 'read' } as const

/** Commits and applies one entry with one command. */
function carryOut(
  run: HandMadeRun,
  index: number,
  command: { readonly seq: number; readonly opId: string; readonly request?: CommandRequest },
  parts: Partial<CommandReport> = {},
  sessionId = 7,
): void {
  const entry = commandEntry(index, 1, sessionId, [command])
  run.agree([entry])
  const outcome = { ok: true, result: {} } as const
  const report = { seq: command.seq, outcome, isRepeated: false, ...parts }
  run.apply(1, entry, { sessionId, reports: [report] })
}

describe('acknowledged-writes', () => {
  it('accepts what is answered after it was carried out, a repeated answer too', () => {
    const run = new HandMadeRun((ghost, operations) => [acknowledgedWrites(ghost, operations)])
    const first = run.call('x', write('1'))
    const second = run.call('x', write('2'))
    carryOut(run, 1, { seq: 1, opId: 'op-0' })
    carryOut(run, 2, { seq: 2, opId: 'op-1' })
    first.end({ phase: 'ok', output: {}, index: 1 })
    second.end({ phase: 'ok', output: {}, index: 0 })
    for (const id of [1, 2, 3]) run.member(id).applied = 2
    run.end()
  })

  it('fires when an answered write was never carried out, or elsewhere', () => {
    const run = new HandMadeRun((ghost, operations) => [acknowledgedWrites(ghost, operations)])
    const first = run.call('x', write('1'))
    const answer = (index: number): void => first.end({ phase: 'ok', output: {}, index })
    expect(() => answer(1)).toThrow('operation 0 was answered and never carried out')
    const other = run.call('x', write('2'))
    carryOut(run, 1, { seq: 1, opId: 'op-1' })
    const late = (): void => other.end({ phase: 'ok', output: {}, index: 5 })
    expect(late).toThrow('operation 1 was answered for 5 and carried out at 1')
  })

  it('does not take a command that its session refused for carried out', () => {
    const run = new HandMadeRun((ghost, operations) => [acknowledgedWrites(ghost, operations)])
    const first = run.call('x', write('1'))
    carryOut(run, 1, { seq: 3, opId: 'op-0' }, { outcome: { ok: false, reason: 'gap' } })
    const answer = (): void => first.end({ phase: 'ok', output: {}, index: 1 })
    expect(answer).toThrow('never carried out')
  })

  it('fires when a voter ends without an acknowledged write', () => {
    const run = new HandMadeRun((ghost, operations) => [acknowledgedWrites(ghost, operations)])
    const first = run.call('x', write('1'))
    carryOut(run, 1, { seq: 1, opId: 'op-0' })
    first.end({ phase: 'ok', output: {}, index: 1 })
    run.member(2).applied = 1
    expect(() => run.end()).toThrow('3 has applied 0, 1 was acknowledged')
  })
})

describe('no-phantoms', () => {
  it('fires when the log holds what nobody asked', () => {
    const run = new HandMadeRun((ghost, operations) => [noPhantoms(ghost, operations)])
    run.call('x', write('1'))
    carryOut(run, 1, { seq: 1, opId: 'op-0' })
    const phantom = (): void => carryOut(run, 2, { seq: 2, opId: 'op-9' })
    expect(phantom).toThrow('op-9 at 2 was asked by nobody')
  })

  it('fires when a failed operation has its effect, whichever comes first', () => {
    const later = new HandMadeRun((ghost, operations) => [noPhantoms(ghost, operations)])
    later.call('x', write('1')).end({ phase: 'fail', reason: 'unavailable' })
    const effect = (): void => carryOut(later, 1, { seq: 1, opId: 'op-0' })
    expect(effect).toThrow('op-0 has its effect at 1, its client was told that it has none')

    const before = new HandMadeRun((ghost, operations) => [noPhantoms(ghost, operations)])
    const call = before.call('x', write('1'))
    carryOut(before, 1, { seq: 1, opId: 'op-0' })
    const fail = (): void => call.end({ phase: 'fail', reason: 'unavailable' })
    expect(fail).toThrow('op-0 failed and had its effect before')
  })

  it('accepts a failed operation that was decided without an effect', () => {
    const run = new HandMadeRun((ghost, operations) => [noPhantoms(ghost, operations)])
    const call = run.call('x', write('1'))
    carryOut(run, 1, { seq: 1, opId: 'op-0' }, { outcome: { ok: false, reason: 'expired' } })
    call.end({ phase: 'fail', reason: 'expired' })
  })

  it('fires when a read shows what nobody wrote there', () => {
    const run = new HandMadeRun((ghost, operations) => [noPhantoms(ghost, operations)])
    run.call('y', write('1'))
    run.call('x', read).end({ phase: 'ok', output: { value: '' }, index: 0 })
    const call = run.call('x', read)
    const answer = (): void => call.end({ phase: 'ok', output: { value: '1' }, index: 0 })
    expect(answer).toThrow("operation 2 read '1' from 'x', which nobody wrote")
  })
})

describe('at-most-once', () => {
  it('fires when an operation is carried out twice', () => {
    const run = new HandMadeRun((ghost) => [atMostOnce(ghost)])
    carryOut(run, 1, { seq: 1, opId: 'op-0' })
    carryOut(run, 2, { seq: 1, opId: 'op-0' }, { isRepeated: true })
    const again = (): void => carryOut(run, 3, { seq: 1, opId: 'op-0' }, {}, 8)
    expect(again).toThrow('op-0 was carried out at 1 and again at 3')
  })

  it('fires when a session carries out a number twice, or leaves one out', () => {
    const run = new HandMadeRun((ghost) => [atMostOnce(ghost)])
    carryOut(run, 1, { seq: 1, opId: '' })
    carryOut(run, 2, { seq: 9, opId: '' }, { outcome: { ok: false, reason: 'gap' } })
    const gap = (): void => carryOut(run, 3, { seq: 3, opId: '' })
    expect(gap).toThrow('session 7 carried out 3 after 1, at 3')
    const again = (): void => carryOut(run, 4, { seq: 1, opId: '' })
    expect(again).toThrow('session 7 carried out 1 after 1, at 4')
  })

  it('looks at an entry once, however many members apply it', () => {
    const run = new HandMadeRun((ghost) => [atMostOnce(ghost)])
    carryOut(run, 1, { seq: 1, opId: 'op-0' })
    const entry = commandEntry(1, 1, 7, [{ seq: 1, opId: 'op-0' }])
    const outcome = { ok: true, result: {} } as const
    run.apply(2, entry, { sessionId: 7, reports: [{ seq: 1, outcome, isRepeated: false }] })
  })
})

describe('fresh-reads', () => {
  it('fires when a read shows less than was known before it began', () => {
    const run = new HandMadeRun(() => [freshReads()])
    const early = run.call('x', read)
    run.call('x', write('1')).end({ phase: 'ok', output: {}, index: 5 })
    early.end({ phase: 'ok', output: { value: '' }, index: 4 })
    const late = run.call('y', read, { member: 2 })
    const answer = (): void => late.end({ phase: 'ok', output: { value: '' }, index: 4 })
    expect(answer).toThrow('operation 2 read at 4 what had reached 5 when it was called')
  })

  it('asks nothing of stale reads', () => {
    const run = new HandMadeRun(() => [freshReads()])
    run.call('x', write('1')).end({ phase: 'ok', output: {}, index: 5 })
    const stale = run.call('x', read, { consistency: 'stale' })
    stale.end({ phase: 'ok', output: { value: '' }, index: 1 })
  })
})

describe('session-guarantees', () => {
  const stale = { consistency: 'stale' } as const

  it('fires when stale reads of a client go back at one member', () => {
    const run = new HandMadeRun(() => [sessionGuarantees()])
    run.call('x', read, stale).end({ phase: 'ok', output: { value: '' }, index: 5 })
    const other = run.call('x', read, { ...stale, member: 2 })
    other.end({ phase: 'ok', output: { value: '' }, index: 3 })
    const back = run.call('x', read, stale)
    const answer = (): void => back.end({ phase: 'ok', output: { value: '' }, index: 4 })
    expect(answer).toThrow('client 1 read at 4 from 1 after it had seen 5')
  })

  it('fires when a client does not see its own write', () => {
    const run = new HandMadeRun(() => [sessionGuarantees()])
    run.call('x', write('1')).end({ phase: 'ok', output: {}, index: 6 })
    const own = run.call('x', read, stale)
    const answer = (): void => own.end({ phase: 'ok', output: { value: '' }, index: 5 })
    expect(answer).toThrow('client 1 read at 5 from 1 after it had seen 6')
  })

  it('lets a new life of the member begin further back', () => {
    const run = new HandMadeRun(() => [sessionGuarantees()])
    run.call('x', write('1')).end({ phase: 'ok', output: {}, index: 6 })
    run.crash(1)
    run.boot(1)
    run.call('x', read, stale).end({ phase: 'ok', output: { value: '' }, index: 2 })
  })
})

describe('no-resurrection', () => {
  const peer = { taskId: 'task', peerId: 'peer' }
  const host = { id: 'h', ip: '', hostname: '', port: 1, downloadPort: 2, proxyPort: 0 }
  const task = {
    id: 'task',
    type: 'standard',
    url: '',
    digest: '',
    tag: '',
    application: '',
  } as const
  const announce = (acceptedIndex: number) =>
    commandRequest(announceTask, {
      acceptedIndex,
      task: { ...task, filteredQueryParams: [], headers: [], pieceLength: 0 },
      host: { ...host, location: '', idc: '' },
      peerId: 'peer',
      contentLength: 1,
      totalPieceCount: 1,
      pieceZero: null,
    })
  const apply = (run: HandMadeRun, index: number, request: CommandRequest, ok = true): void => {
    const outcome = { ok: true, result: { ok } } as const
    carryOut(run, index, { seq: index, opId: '', request }, { outcome })
  }

  it('fires when a call from before a delete brings a peer back', () => {
    const run = new HandMadeRun((ghost) => [noResurrection(ghost)])
    apply(run, 1, announce(0))
    apply(run, 2, commandRequest(leaveTask, peer))
    apply(run, 3, announce(1), false)
    const again = (): void => apply(run, 4, announce(1))
    expect(again).toThrow('task/peer was deleted at 2 and is back by a call accepted at 1')
  })

  it('accepts a call from after the delete', () => {
    const run = new HandMadeRun((ghost) => [noResurrection(ghost)])
    apply(run, 1, commandRequest(leaveTask, peer))
    apply(run, 2, announce(1))
    apply(run, 3, announce(0))
    expect(run.ghost.applied.fresh).toHaveLength(1)
  })
})

describe('linearizable', () => {
  it('fires in the end when no order explains the answers', () => {
    const run = new HandMadeRun((ghost, operations) => [linearizable(ghost, operations)])
    run.call('x', write('1')).end({ phase: 'ok', output: {}, index: 1 })
    run.call('x', write('2')).end({ phase: 'ok', output: {}, index: 2 })
    run.end()
    run.call('x', read, { client: 4 }).end({ phase: 'ok', output: { value: '1' }, index: 1 })
    expect(() => run.end()).toThrow("'x' has no explanation that holds client 4 read")
  })

  it('follows the chain where every write answers what it replaced', () => {
    const run = new HandMadeRun((ghost, operations) => [linearizable(ghost, operations)])
    const swap = (value: string, before: string): void =>
      run
        .call('x', { kind: 'swap', value })
        .end({ phase: 'ok', output: { value: before }, index: 1 })
    swap('1', '')
    swap('2', '1')
    run.end()
    swap('3', '1')
    expect(() => run.end()).toThrow("'x': operations 1 and 2 both replaced '1'")
  })

  it('leaves stale reads out and reports keys it cannot decide', () => {
    const undecided: string[] = []
    const run = new HandMadeRun((ghost, operations) => [
      linearizable(ghost, operations, (key) => undecided.push(key)),
    ])
    run.call('x', write('1')).end({ phase: 'ok', output: {}, index: 1 })
    const stale = run.call('x', read, { consistency: 'stale' })
    stale.end({ phase: 'ok', output: { value: '' }, index: 0 })
    run.end()
    expect(undecided).toEqual([])
    const open = [...'abcdefghijklmnopqrstuv'].map((value) => run.call('y', write(value)))
    const early = run.call('y', read)
    for (const each of open) each.end({ phase: 'ok', output: {}, index: 2 })
    early.end({ phase: 'ok', output: { value: 'none of them' }, index: 2 })
    run.end()
    expect(undecided).toEqual(['y'])
  })

  it('counts entries that are no commands for nothing', () => {
    const run = new HandMadeRun((ghost, operations) => [
      atMostOnce(ghost),
      noPhantoms(ghost, operations),
    ])
    run.agree([entryOf(1, 1)])
    run.apply(1, entryOf(1, 1))
    expect(run.ghost.applied.fresh).toEqual([])
  })
})
