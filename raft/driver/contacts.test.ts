import { expect, test } from 'vitest'
import { VirtualClock } from '../../base/index.ts'
import { initialConfiguration } from '../core/configuration.ts'
import { Contacts } from './contacts.ts'
import { contactsMax } from './limits.ts'

function contacts() {
  const clock = new VirtualClock({ settle: () => Promise.resolve() })
  return { clock, contacts: new Contacts({ clock }, { id: 1 }) }
}

test('a leader is in contact as long as majorities of both halves are', async () => {
  const { clock, contacts: heard } = contacts()
  const joint = {
    ...initialConfiguration({ voters: [1, 2, 3, 4, 5] }),
    voters: [1, 2, 3],
    votersOutgoing: [3, 4, 5],
  }
  heard.start()
  await clock.advance(100)
  heard.heard(2)
  heard.noticeMajority(joint)
  expect(heard.leaderAgeMs).toBe(100)
  for (const id of [4, 5]) heard.heard(id)
  await clock.advance(10)
  heard.noticeMajority(joint)
  expect(heard.leaderAgeMs).toBe(10)
})

test('made-up senders push each other out, not a member that is heard', async () => {
  const { clock, contacts: heard } = contacts()
  for (let id = 2; id < contactsMax * 2; id += 1) {
    await clock.advance(1)
    heard.heard(2)
    heard.heard(id)
  }
  expect(heard.ageMs(2)).toBe(0)
  expect(heard.ageMs(3)).toBeUndefined()
  expect(heard.ageMs(contactsMax * 2 - 1)).toBe(0)
})
