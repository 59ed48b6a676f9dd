import { describe, expect, it } from 'vitest'
import { Prng } from '../../base/index.ts'
import type { Message } from '../../raft/index.ts'
import { afterThisTurn } from '../../runtime/index.ts'
import { EventQueue } from './event-queue.ts'
import { Network } from './network.ts'
import type { LinkOptions, NetworkEnd } from './network.ts'
import { cutsOf } from './partitions.ts'
import type { PartitionShape } from './partitions.ts'
import { calmNetwork } from './swarm.ts'

const messages = 2000

const note = (from: number, to: number, term: number): Message => ({
  type: 'heartbeat-reply',
  from,
  to,
  term,
  readPosition: 0,
  lacksState: false,
})

class Fixture {
  readonly queue = new EventQueue(() => {})
  readonly network: Network
  readonly ends = new Map<number, NetworkEnd>()
  /** Terms by receiver, in the order of arrival. */
  readonly heard = new Map<number, number[]>()
  readonly refused: string[] = []
  readonly lost: string[] = []
  damaged = 0

  constructor(options: Partial<LinkOptions> = {}) {
    this.network = new Network(
      { queue: this.queue, random: new Prng('network') },
      { ...calmNetwork, ...options },
      {
        sent: () => {},
        delivered: () => {},
        lost: (_, what) => this.lost.push(what),
        damaged: () => {
          this.damaged += 1
        },
      },
    )
    for (const id of [1, 2, 3]) this.attach(id)
  }

  attach(id: number): void {
    const end = this.network.attach(id, 1, (run) => run())
    const terms: number[] = []
    this.heard.set(id, terms)
    end.onMessage(({ term }) => terms.push(term))
    end.onRefused((other) => this.refused.push(`${id} by ${other}`))
    this.ends.set(id, end)
  }

  send(from: number, to: number, count = 1): boolean[] {
    const end = this.ends.get(from)!
    return Array.from({ length: count }, (_, n) => end.send(to, note(from, to, n + 1)))
  }

  /** Lets time pass where promises settle. */
  pass(ms: number): Promise<void> {
    return new Promise((resolve) => {
      afterThisTurn(() => {
        this.queue.run(this.queue.nowMs + ms)
        resolve()
      })
    })
  }
}

const rising = (terms: readonly number[]): boolean =>
  terms.every((term, at) => at === 0 || terms[at - 1]! <= term)

describe('a link', () => {
  it('keeps everything and its order when it is calm', async () => {
    const fixture = new Fixture()
    fixture.send(1, 2, messages)
    await fixture.pass(1000)
    expect(fixture.heard.get(2)).toEqual(Array.from({ length: messages }, (_, n) => n + 1))
  })

  it('loses and doubles about as often as it is told to, and keeps its order', async () => {
    const fixture = new Fixture({ loss: 200, duplicate: 100 })
    fixture.send(1, 2, messages)
    await fixture.pass(1000)
    const heard = fixture.heard.get(2)!
    const kept = new Set(heard).size
    expect(kept).toBeGreaterThan(0.75 * messages)
    expect(kept).toBeLessThan(0.85 * messages)
    expect(heard.length - kept).toBeGreaterThan(0.05 * messages)
    expect(rising(heard)).toBe(true)
  })

  it('reorders when it is told to', async () => {
    const fixture = new Fixture({ reorder: 200, delayMsMean: 20 })
    fixture.send(1, 2, messages)
    await fixture.pass(5000)
    const heard = fixture.heard.get(2)!
    expect(heard).toHaveLength(messages)
    expect(rising(heard)).toBe(false)
  })

  it('never delivers what was damaged', async () => {
    const fixture = new Fixture({ damage: 300 })
    fixture.send(1, 2, messages)
    await fixture.pass(1000)
    expect(fixture.damaged).toBeGreaterThan(0.25 * messages)
    expect(fixture.heard.get(2)!.length).toBe(messages - fixture.damaged)
  })

  it('refuses at once what is beyond its capacity', async () => {
    const fixture = new Fixture({ capacity: 4 })
    expect(fixture.send(1, 2, 6)).toEqual([true, true, true, true, false, false])
    await fixture.pass(1000)
    expect(fixture.send(1, 2)).toEqual([true])
  })

  it('delivers late while it is clogged', async () => {
    const fixture = new Fixture()
    fixture.network.clog(1, 2, 500)
    fixture.send(1, 2)
    fixture.send(2, 1)
    await fixture.pass(400)
    expect([fixture.heard.get(1), fixture.heard.get(2)]).toEqual([[1], []])
    await fixture.pass(400)
    expect(fixture.heard.get(2)).toEqual([1])
  })
})

describe('a lost connection', () => {
  it('by a cut is silent, one way, and takes what is under way', async () => {
    const fixture = new Fixture()
    fixture.send(1, 2)
    fixture.network.cut(1, 2)
    expect(fixture.send(1, 2)).toEqual([true])
    fixture.send(2, 1)
    await fixture.pass(100)
    expect([fixture.heard.get(1), fixture.heard.get(2)]).toEqual([[1], []])
    expect([fixture.lost, fixture.refused]).toEqual([['cut', 'cut'], []])
    fixture.network.mend(1, 2)
    fixture.send(1, 2)
    await fixture.pass(100)
    expect(fixture.heard.get(2)).toEqual([1])
  })

  it('by a reset loses what is under way, both ways, and is over', async () => {
    const fixture = new Fixture()
    fixture.send(1, 2)
    fixture.send(2, 1)
    fixture.network.reset(1, 2)
    fixture.send(1, 2, 2)
    await fixture.pass(100)
    expect([fixture.heard.get(1), fixture.heard.get(2)]).toEqual([[], [1, 2]])
    expect([fixture.lost, fixture.refused]).toEqual([['reset', 'reset'], []])
  })

  it('by a dead process is told to everybody who can reach its host', async () => {
    const fixture = new Fixture()
    fixture.network.cut(2, 3)
    fixture.ends.get(3)!.detach()
    fixture.network.refuse(3)
    await fixture.pass(100)
    expect(fixture.refused).toEqual(['1 by 3'])
    fixture.network.mend(2, 3)
    await fixture.pass(100)
    expect(fixture.refused).toEqual(['1 by 3', '2 by 3'])
  })

  it('by a dead machine is told to nobody', async () => {
    const fixture = new Fixture()
    fixture.ends.get(3)!.detach()
    fixture.network.silence(3)
    expect(fixture.send(1, 3)).toEqual([true])
    await fixture.pass(1000)
    expect([fixture.lost, fixture.refused]).toEqual([['nobody'], []])
  })

  it('is not told when somebody listens there again before', async () => {
    const fixture = new Fixture()
    fixture.ends.get(3)!.detach()
    fixture.network.refuse(3)
    fixture.attach(3)
    await fixture.pass(100)
    expect(fixture.refused).toEqual([])
  })
})

describe('a partition', () => {
  const shown = (shape: PartitionShape, ids: readonly number[], single: number): string[] =>
    cutsOf(shape, ids, single, new Prng('shape')).map(([from, to]) => `${from}${to}`)

  it.each([
    ['single', ['12', '13', '21', '31']],
    ['deaf', ['21', '31']],
    ['mute', ['12', '13']],
  ] as const)('%s cuts the links of one member', (shape, cuts) => {
    expect(shown(shape, [1, 2, 3], 1)).toEqual(cuts)
  })

  it('bridge leaves one member that both sides reach', () => {
    expect(shown('bridge', [1, 2, 3, 4, 5], 3)).toEqual([
      '14',
      '15',
      '24',
      '25',
      '41',
      '42',
      '51',
      '52',
    ])
  })

  it('ring leaves everybody two neighbours', () => {
    expect(shown('ring', [1, 2, 3, 4, 5], 1)).toEqual([
      '13',
      '14',
      '24',
      '25',
      '31',
      '35',
      '41',
      '42',
      '52',
      '53',
    ])
  })

  it('halves cuts both ways between two sides, torn cuts single directions', () => {
    const halves = shown('halves', [1, 2, 3, 4, 5], 1)
    expect(halves.length).toBeGreaterThan(0)
    for (const cut of halves) expect(halves).toContain([...cut].reverse().join(''))
    const torn = shown('torn', [1, 2, 3, 4, 5], 1)
    expect(torn.some((cut) => !torn.includes([...cut].reverse().join('')))).toBe(true)
  })
})
