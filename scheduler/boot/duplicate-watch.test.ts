import { expect, test } from 'vitest'
import { VirtualClock } from '../../base/index.ts'
import { DuplicateWatch } from './duplicate-watch.ts'

function start(): { readonly clock: VirtualClock; readonly watch: DuplicateWatch } {
  const clock = new VirtualClock({ settle: () => Promise.resolve() })
  return { clock, watch: new DuplicateWatch({ clock }, { electionTimeoutMs: 1000 }) }
}

test('J12 two members are believed once they said so for an election timeout', async () => {
  const { clock, watch } = start()
  for (let i = 0; i < 5; i += 1) {
    expect(watch.note(1, { leader: 0 })).toBe(false)
    expect(watch.note(3, { leader: 0 })).toBe(false)
  }
  await clock.advance(1000)
  expect(watch.note(3, { leader: 0 })).toBe(true)
})

test('J12 so is the leader', async () => {
  const { clock, watch } = start()
  expect(watch.note(1, { leader: 1 })).toBe(false)
  await clock.advance(999)
  expect(watch.note(1, { leader: 1 })).toBe(false)
  await clock.advance(1)
  expect(watch.note(1, { leader: 1 })).toBe(true)
})

test('J12 one member is believed when it goes on for three election timeouts', async () => {
  const { clock, watch } = start()
  const said: boolean[] = []
  for (let i = 0; i < 4; i += 1) {
    said.push(watch.note(1, { leader: 0 }))
    await clock.advance(1000)
  }
  expect(said).toEqual([false, false, false, true])
})

test('a stray refusal is forgotten', async () => {
  const { clock, watch } = start()
  expect(watch.note(1, { leader: 0 })).toBe(false)
  await clock.advance(3001)
  expect(watch.note(3, { leader: 0 })).toBe(false)
  await clock.advance(3001)
  expect(watch.note(1, { leader: 0 })).toBe(false)
})
