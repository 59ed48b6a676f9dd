import { expect, test } from 'vitest'
import { fakeCluster, fakeTerminal, node, removalPlan } from './cluster-fixture.suite.ts'
import { changeMember } from './member-change.ts'
import type { AskedChange } from './member-change.ts'

const three = [node(1), node(2), node(3)]

const asked = (change: Partial<AskedChange> = {}): AskedChange => ({
  verb: 'remove',
  name: 's3',
  by: '',
  dryRun: false,
  yes: true,
  reason: 'old disk',
  json: false,
  ...change,
})

test('a change prints its plan, is made and says where', async () => {
  const { client, asked: requests } = fakeCluster(three)
  const { terminal, text } = fakeTerminal()
  expect(await changeMember({ client, terminal }, asked())).toBe(0)
  expect(requests).toEqual([
    { action: 'REMOVE', id: 3, by: 0, reason: 'old disk', dryRun: true },
    { action: 'REMOVE', id: 3, by: 0, reason: 'old disk' },
  ])
  expect(text()).toBe(`1. Take s3 out; its host stays out until a new join token names it.
warning: 2 voters tolerate the same as 1.

        VOTERS  QUORUM  ACTIVE  CAN LOSE
before  3       2       3       1
after   2       2       2       0

done, at index 21
`)
})

test('a dry run changes nothing, in words and as JSON', async () => {
  const { client, asked: requests } = fakeCluster(three)
  const words = fakeTerminal()
  await changeMember({ client, terminal: words.terminal }, asked({ dryRun: true, yes: false }))
  expect(words.text()).toContain('dry run: nothing was changed')
  const json = fakeTerminal()
  const wanted = asked({ dryRun: true, json: true })
  await changeMember({ client, terminal: json.terminal }, wanted)
  expect(JSON.parse(json.text())).toEqual({
    action: 'remove',
    id: '3',
    hostId: 's3',
    dryRun: true,
    changed: false,
    index: null,
    ...removalPlan,
  })
  expect(requests.every(({ dryRun }) => dryRun)).toBe(true)
})

test('what destroys is confirmed by the name of the member', async () => {
  const { client, asked: requests } = fakeCluster(three)
  const right = fakeTerminal(' s3 ')
  expect(
    await changeMember({ client, terminal: right.terminal }, asked({ yes: false, name: '3' })),
  ).toBe(0)
  expect(right.questions).toEqual(['Type s3 to remove it: '])
  expect(requests).toHaveLength(2)
})

test.each([
  { answer: 's2', code: 'CONF_NOT_CONFIRMED' },
  { answer: 'yes', code: 'CONF_NOT_CONFIRMED' },
  { answer: undefined, code: 'CONF_MISSING' },
])('typing $answer changes nothing', async ({ answer, code }) => {
  const { client, asked: requests } = fakeCluster(three)
  const { terminal } = fakeTerminal(answer)
  await expect(changeMember({ client, terminal }, asked({ yes: false }))).rejects.toMatchObject({
    code,
  })
  expect(requests.map(({ dryRun }) => dryRun)).toEqual([true])
})

test('where there is nothing to do nothing is asked', async () => {
  const nothing = { steps: [], warnings: [], before: null, after: null }
  const { client, asked: requests } = fakeCluster(three, nothing)
  const { terminal, text, questions } = fakeTerminal()
  expect(await changeMember({ client, terminal }, asked({ verb: 'show', yes: false }))).toBe(0)
  expect(text()).toBe('nothing to do\n')
  expect([requests.length, questions.length]).toEqual([1, 0])
})

test('of two replicas of a host, promote and replace know which is meant', async () => {
  const twice = [...three, node(4, { hostId: 's3', role: 'learner', state: 'joining' })]
  const { client, asked: requests } = fakeCluster(twice)
  const { terminal } = fakeTerminal()
  await changeMember({ client, terminal }, asked({ verb: 'promote', dryRun: true }))
  await changeMember({ client, terminal }, asked({ verb: 'replace', by: 's3', dryRun: true }))
  expect(requests.map(({ id, by }) => [id, by])).toEqual([
    [4, 0],
    [3, 4],
  ])
  await expect(changeMember({ client, terminal }, asked())).rejects.toMatchObject({
    code: 'CONF_AMBIGUOUS_MEMBER',
    message: '"s3" may mean 3 (voter on s3) or 4 (learner on s3): give the number',
  })
})

test('leadership goes to anybody when nobody is named', async () => {
  const { client, asked: requests } = fakeCluster(three)
  const { terminal } = fakeTerminal()
  await changeMember({ client, terminal }, asked({ verb: 'transfer-leader', name: '' }))
  expect(requests.at(-1)).toEqual({ action: 'TRANSFER_LEADER', id: 0, reason: 'old disk' })
})

test.each([
  { name: 's33', message: 'there is no member "s33"; did you mean s3?' },
  { name: '9', message: 'there is no member "9": it has left' },
  { name: 's9', message: 'there is no member "s9": it has left' },
])('an unknown member is refused: $name', async ({ name, message }) => {
  const { client } = fakeCluster([...three, node(9, { state: 'left' })])
  const { terminal } = fakeTerminal()
  await expect(changeMember({ client, terminal }, asked({ name }))).rejects.toMatchObject({
    code: 'SCHED_MEMBER_NOT_FOUND',
    message,
  })
})
