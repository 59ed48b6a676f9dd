import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HistoryRecorder } from './history.ts'
import { checkLinearizable } from './linearizability.ts'
import { registerModel, setModel } from './model.ts'
import { checkPredecessorChain } from './predecessor-chain.ts'
import { isExplainedBy } from './witness.ts'
import type { Operation } from './history.ts'
import type { Model, RegisterInput, RegisterOutput, SetInput, SetOutput } from './model.ts'

type RegisterOperation = Operation<RegisterInput, RegisterOutput>

const read: RegisterInput = { kind: 'read' }
const write = (value: string): RegisterInput => ({ kind: 'write', value })
const swap = (value: string): RegisterInput => ({ kind: 'swap', value })

/**
 * A history of one register from lines like `a call …`, in the order of the list. Each line calls
 * an operation by name, or ends the one of that name.
 */
function register(
  lines: readonly (
    | readonly [name: string, call: RegisterInput, key?: string]
    | readonly [name: string, end: 'ok' | 'fail' | 'unknown', output?: RegisterOutput]
  )[],
): RegisterOperation[] {
  const recorder = new HistoryRecorder<RegisterInput, RegisterOutput>()
  const open = new Map<string, RegisterOperation>()
  for (const [now, [name, what, more]] of lines.entries()) {
    if (typeof what === 'object') {
      open.set(name, recorder.invoke(now, (more as string | undefined) ?? 'x', what, now))
    } else if (what === 'ok') {
      recorder.ok(open.get(name)!, (more as RegisterOutput | undefined) ?? {}, now)
    } else recorder[what](open.get(name)!, now)
  }
  return recorder.operations
}

describe('a register', () => {
  it('is linearizable when reads see the write before or after them', () => {
    const history = register([
      ['w', write('1')],
      ['r', read],
      ['r', 'ok', { value: '' }],
      ['s', read],
      ['s', 'ok', { value: '1' }],
      ['w', 'ok'],
    ])
    expect(checkLinearizable(registerModel, history)).toEqual({ verdict: 'linearizable' })
  })

  it('is not linearizable when a read after the answer misses the write', () => {
    const history = register([
      ['w', write('1')],
      ['w', 'ok'],
      ['r', read],
      ['r', 'ok', { value: '' }],
    ])
    expect(checkLinearizable(registerModel, history)).toEqual({
      verdict: 'not-linearizable',
      key: 'x',
      explained: [0],
      unexplained: [1],
    })
  })

  it('is not linearizable when reads go back in time', () => {
    const history = register([
      ['w', write('1')],
      ['r', read],
      ['r', 'ok', { value: '1' }],
      ['s', read],
      ['s', 'ok', { value: '' }],
      ['w', 'ok'],
    ])
    expect(checkLinearizable(registerModel, history).verdict).toBe('not-linearizable')
  })

  it('lets a write of unknown outcome happen late, or never', () => {
    const late = register([
      ['w', write('1')],
      ['w', 'unknown'],
      ['r', read],
      ['r', 'ok', { value: '' }],
      ['s', read],
      ['s', 'ok', { value: '1' }],
    ])
    expect(checkLinearizable(registerModel, late).verdict).toBe('linearizable')
    const twice = register([
      ['w', write('1')],
      ['w', 'unknown'],
      ['r', read],
      ['r', 'ok', { value: '1' }],
      ['v', write('2')],
      ['v', 'ok'],
      ['s', read],
      ['s', 'ok', { value: '2' }],
      ['t', read],
      ['t', 'ok', { value: '1' }],
    ])
    expect(checkLinearizable(registerModel, twice).verdict).toBe('not-linearizable')
  })

  it('never lets a failed write be read', () => {
    const history = register([
      ['w', write('1')],
      ['w', 'fail'],
      ['r', read],
      ['r', 'ok', { value: '1' }],
    ])
    expect(checkLinearizable(registerModel, history).verdict).toBe('not-linearizable')
  })

  it('allows one of two racing compare-and-swaps, not both', () => {
    const cas = (value: string): RegisterInput => ({
      kind: 'compare-and-swap',
      expected: '',
      value,
    })
    const race = (second: boolean): RegisterOperation[] =>
      register([
        ['a', cas('1')],
        ['b', cas('2')],
        ['a', 'ok', { isDone: true }],
        ['b', 'ok', { isDone: second }],
      ])
    expect(checkLinearizable(registerModel, race(false)).verdict).toBe('linearizable')
    expect(checkLinearizable(registerModel, race(true)).verdict).toBe('not-linearizable')
  })

  it('does not mix keys', () => {
    const history = register([
      ['w', write('1'), 'x'],
      ['w', 'ok'],
      ['r', read, 'y'],
      ['r', 'ok', { value: '' }],
    ])
    expect(checkLinearizable(registerModel, history).verdict).toBe('linearizable')
  })

  it('says unknown when the budget ends first', () => {
    const lines = [...'abcdefgh'].flatMap((name) => [[name, write(name)] as const])
    const ends = [...'abcdefgh'].map((name) => [name, 'ok'] as const)
    const history = register([...lines, ...ends])
    expect(checkLinearizable(registerModel, history, 3)).toEqual({ verdict: 'unknown', key: 'x' })
  })

  it('is decided quickly for long histories with few callers at once', () => {
    const recorder = new HistoryRecorder<RegisterInput, RegisterOutput>()
    let value = ''
    for (let n = 0; n < 2000; n += 1) {
      const a = recorder.invoke(0, 'x', swap(`v${n}`), n)
      const b = recorder.invoke(1, 'x', read, n)
      recorder.ok(b, { value: n % 2 === 0 ? value : `v${n}` }, n)
      recorder.ok(a, { value }, n)
      value = `v${n}`
    }
    const verdict = checkLinearizable(registerModel, recorder.operations, 20_000)
    expect(verdict.verdict).toBe('linearizable')
  })
})

describe('a set with delete', () => {
  const element = (
    steps: readonly (readonly [SetInput['kind'], boolean | undefined])[],
  ): Operation<SetInput, SetOutput>[] => {
    const recorder = new HistoryRecorder<SetInput, SetOutput>()
    for (const [kind, is] of steps) {
      recorder.ok(recorder.invoke(0, 'e', { kind }, 0), { is }, 0)
    }
    return recorder.operations
  }

  it('keeps what was added and forgets what was removed', () => {
    const history = element([
      ['has', false],
      ['add', true],
      ['has', true],
      ['add', false],
      ['remove', true],
      ['remove', false],
      ['has', false],
      ['add', undefined],
      ['has', true],
    ])
    expect(checkLinearizable(setModel, history).verdict).toBe('linearizable')
  })

  it('must not show again what was removed', () => {
    const history = element([
      ['add', true],
      ['remove', true],
      ['has', true],
    ])
    expect(checkLinearizable(setModel, history).verdict).toBe('not-linearizable')
  })
})

describe('the search against brute force', () => {
  const values = ['', 'a', 'b']
  const input = fc.oneof(
    fc.constant<RegisterInput>(read),
    fc.constantFrom('a', 'b').map(write),
    fc.constantFrom('a', 'b').map(swap),
    fc.constant<RegisterInput>({ kind: 'delete' }),
    fc
      .tuple(fc.constantFrom(...values), fc.constantFrom('a', 'b'))
      .map(([expected, value]): RegisterInput => ({ kind: 'compare-and-swap', expected, value })),
  )
  const operation = fc.record({
    input,
    heard: fc.constantFrom(...values),
    isDone: fc.boolean(),
    end: fc.constantFrom('ok', 'ok', 'ok', 'ok', 'fail', 'unknown', 'pending'),
    span: fc.tuple(fc.nat(11), fc.nat(11)),
  })

  it('agrees on random small histories', () => {
    const counts = { linearizable: 0, 'not-linearizable': 0, unknown: 0 }
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 5 }), (drawn) => {
        const history = drawn.map(({ input: asked, heard, isDone, end, span }, id) => {
          const [from, until] = span[0] < span[1] ? span : [span[1], span[0]]
          const told =
            asked.kind === 'read' || asked.kind === 'swap' ? { value: heard } : { isDone }
          const made: RegisterOperation = {
            id,
            client: id,
            key: 'x',
            input: asked,
            calledAt: from,
            calledMs: 0,
            outcome: end === 'pending' ? undefined : end,
            output: end === 'ok' ? told : undefined,
            answeredAt: end === 'ok' || end === 'fail' ? until : Number.POSITIVE_INFINITY,
            endedMs: 0,
          }
          return made
        })
        const { verdict } = checkLinearizable(registerModel, history)
        counts[verdict] += 1
        expect(verdict === 'linearizable').toBe(bruteForce(registerModel, history))
      }),
      { numRuns: 3000, seed: 20_250_117 },
    )
    expect(counts.unknown).toBe(0)
    expect(Math.min(counts.linearizable, counts['not-linearizable'])).toBeGreaterThan(300)
  })
})

/** Tries every order of every subset that holds all answered operations. */
function bruteForce<State extends string | number, Input, Output>(
  model: Model<State, Input, Output>,
  history: readonly Operation<Input, Output>[],
): boolean {
  const operations = history.filter(({ outcome }) => outcome !== 'fail')
  const extend = (state: State, placed: ReadonlySet<number>): boolean => {
    const rest = operations.filter(({ id }) => !placed.has(id))
    if (rest.every(({ outcome }) => outcome !== 'ok')) return true
    return rest.some((next) => {
      const mayComeNext = rest.every(({ answeredAt }) => answeredAt >= next.calledAt)
      if (!mayComeNext) return false
      const after = model.step(state, next.input, next.output)
      return after !== undefined && extend(after, new Set([...placed, next.id]))
    })
  }
  return extend(model.initial, new Set())
}

describe('a claimed order', () => {
  const claim = (history: readonly RegisterOperation[], order: readonly number[]): boolean =>
    isExplainedBy(registerModel, history, ({ id }) => {
      const place = order.indexOf(id)
      return place < 0 ? undefined : place
    })

  it('proves a history that it explains, with unknown outcomes in it or not', () => {
    const history = register([
      ['w', write('1')],
      ['r', read],
      ['r', 'ok', { value: '1' }],
      ['w', 'ok'],
      ['v', write('2')],
      ['v', 'unknown'],
      ['s', read],
      ['s', 'ok', { value: '1' }],
    ])
    expect(claim(history, [0, 1, 3])).toBe(true)
    expect(claim(history, [0, 1, 3, 2])).toBe(true)
    expect(claim(history, [1, 0, 3])).toBe(false)
    expect(claim(history, [0, 1, 2, 3])).toBe(false)
    expect(claim(history, [0, 1])).toBe(false)
  })

  it('proves nothing when it turns time around, or uses what failed', () => {
    const history = register([
      ['w', write('1')],
      ['w', 'ok'],
      ['v', write('2')],
      ['v', 'ok'],
      ['u', write('3')],
      ['u', 'fail'],
    ])
    expect(claim(history, [0, 1])).toBe(true)
    expect(claim(history, [1, 0])).toBe(false)
    expect(claim(history, [0, 1, 2])).toBe(false)
  })
})

describe('the chain of predecessors', () => {
  it('accepts swaps that replace each other in order', () => {
    const history = register([
      ['a', swap('1')],
      ['a', 'ok', { value: '' }],
      ['b', swap('2')],
      ['c', swap('3')],
      ['c', 'ok', { value: '1' }],
      ['b', 'ok', { value: '3' }],
    ])
    expect(checkPredecessorChain(history)).toBeUndefined()
  })

  it('accepts a gap where the outcome of a swap is unknown', () => {
    const history = register([
      ['a', swap('1')],
      ['a', 'ok', { value: '' }],
      ['b', swap('2')],
      ['b', 'unknown'],
      ['c', swap('3')],
      ['c', 'ok', { value: '2' }],
    ])
    expect(checkPredecessorChain(history)).toBeUndefined()
  })

  it('finds a lost update: two swaps replaced the same value', () => {
    const history = register([
      ['a', swap('1')],
      ['a', 'ok', { value: '' }],
      ['b', swap('2')],
      ['b', 'ok', { value: '' }],
    ])
    expect(checkPredecessorChain(history)).toBe("operations 0 and 1 both replaced ''")
  })

  it('finds a phantom: nobody wrote the replaced value, or its write failed', () => {
    const history = register([
      ['a', swap('1')],
      ['a', 'fail'],
      ['b', swap('2')],
      ['b', 'ok', { value: '1' }],
    ])
    expect(checkPredecessorChain(history)).toBe("operation 1 replaced '1', a phantom")
  })

  it('finds a predecessor that began after its successor had ended', () => {
    const history = register([
      ['a', swap('1')],
      ['a', 'ok', { value: '2' }],
      ['b', swap('2')],
      ['b', 'ok', { value: '' }],
    ])
    expect(checkPredecessorChain(history)).toBe('operation 0 ended before its predecessor 1 began')
  })

  it('finds a circle and a value written twice', () => {
    const circle = register([
      ['a', swap('1')],
      ['b', swap('2')],
      ['a', 'ok', { value: '2' }],
      ['b', 'ok', { value: '1' }],
    ])
    expect(checkPredecessorChain(circle)).toBe('operations replace each other in a circle')
    const twice = register([
      ['a', swap('1')],
      ['b', swap('1')],
    ])
    expect(checkPredecessorChain(twice)).toBe("'1' was written by two operations")
  })
})
