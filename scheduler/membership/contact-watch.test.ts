import { expect, test } from 'vitest'
import { ContactWatch } from './contact-watch.ts'

/** Looks every 250 ms of cluster time; `heard` says at which looks member 2 was heard. */
function contactsOf(heard: string): readonly (readonly [number, number])[] {
  const watch = new ContactWatch({ breakMs: 1000 })
  return [...heard].map((mark, at) => {
    const contact = watch.look(at * 250, new Map([[2, mark === 'x']])).get(2)!
    return [contact.silentMs, contact.contactMs] as const
  })
}

test('a member heard at every look is in contact since the first', () => {
  expect(contactsOf('xxxx').at(-1)).toEqual([0, 750])
})

test('silence is counted from the last time it was heard', () => {
  expect(contactsOf('x----').map(([silentMs]) => silentMs)).toEqual([0, 250, 500, 750, 1000])
})

test('one that was never heard is silent since this leader looks, and never in contact', () => {
  expect(contactsOf('-----').at(-1)).toEqual([1000, 0])
})

test('a short silence does not break the contact, a longer one does', () => {
  expect(contactsOf('x---x').at(-1)).toEqual([0, 1000])
  expect(contactsOf('x----x').at(-1)).toEqual([0, 0])
})

test('a moment of contact does not grow while it is silent', () => {
  expect(contactsOf('xx---').at(-1)).toEqual([750, 250])
})

test('a silence that lasts is no contact', () => {
  expect(contactsOf('xx------').at(-1)).toEqual([1500, 0])
})

test('who is no member any more is forgotten, and so is everybody by the next leader', () => {
  const watch = new ContactWatch({ breakMs: 1000 })
  watch.look(0, new Map([[2, true]]))
  watch.look(4000, new Map())
  expect(watch.look(5000, new Map([[2, false]])).get(2)!.silentMs).toBe(0)
  watch.clear()
  expect(watch.look(9000, new Map([[2, false]])).get(2)!.silentMs).toBe(0)
})
