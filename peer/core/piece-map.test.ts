import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PieceMap, piecesPerTaskMax } from './index.ts'

type Step = { readonly add: boolean; readonly num: number }

const steps = fc.array(fc.record({ add: fc.boolean(), num: fc.integer({ min: 0, max: 200 }) }), {
  maxLength: 300,
})

function run(script: readonly Step[]): { map: PieceMap; model: Set<number> } {
  const map = new PieceMap()
  const model = new Set<number>()
  for (const { add, num } of script) {
    if (add) {
      expect(map.add(num)).toBe(!model.has(num))
      model.add(num)
    } else {
      expect(map.delete(num)).toBe(model.delete(num))
    }
  }
  return { map, model }
}

describe('piece map', () => {
  test('behaves as a set of numbers, whatever is added and deleted', () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 0, max: 210 }), (script, from) => {
        const { map, model } = run(script)
        const sorted = [...model].sort((a, b) => a - b)
        expect(map.count).toBe(model.size)
        expect([...map.values()]).toEqual(sorted)
        expect(map.firstPresent(from)).toBe(sorted.find((num) => num >= from))
        let missing = from
        while (model.has(missing)) missing += 1
        expect(map.firstMissing(from)).toBe(missing)
        expect(map.hasAllBelow(from)).toBe(sorted.filter((num) => num < from).length === from)
      }),
    )
  })

  test('the last piece a task may have fits, the next one does not', () => {
    const map = new PieceMap()
    map.add(piecesPerTaskMax - 1)
    expect([...map.values()]).toEqual([piecesPerTaskMax - 1])
    expect(map.firstMissing(0)).toBe(0)
    expect(() => map.add(piecesPerTaskMax)).toThrow('out of range')
    expect(() => map.has(-1)).toThrow('out of range')
    expect(() => map.has(0.5)).toThrow('out of range')
  })

  test('a cleared map is empty', () => {
    const map = new PieceMap()
    map.add(7)
    map.clear()
    expect([map.count, map.has(7), map.hasAllBelow(0)]).toEqual([0, false, true])
  })
})
