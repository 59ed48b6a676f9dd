import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { answerFromMarker, planCluster } from './bootstrap.ts'
import type { BootstrapMarker, MemberAnswer, ProbeAnswer } from './bootstrap.ts'
import { planJoin } from './join-plan.ts'
import type { JoinFindings, JoinPlan } from './join-plan.ts'

const addresses = ['a:1', 'b:1', 'c:1']
const clusterId = 'c'.repeat(32)
const otherClusterId = 'd'.repeat(32)

const marker = (address: string): BootstrapMarker => ({
  raftAddress: address,
  incarnation: address[0]!.repeat(32),
  hostId: `host-${address[0]}`,
  addresses,
  plan: undefined,
})
const plan = planCluster(addresses.map(marker))
const planned = (address: string): BootstrapMarker => ({ ...marker(address), plan })

const member = (inCluster = clusterId, fields: Partial<MemberAnswer> = {}): MemberAnswer => ({
  state: 'member',
  clusterId: inCluster,
  replicaId: 7,
  incarnation: '7'.repeat(32),
  initialMembers: [],
  clientAddresses: ['b:2'],
  acknowledgedIndex: 0,
  isRemoved: false,
  ...fields,
})
const fresh = (address: string): ProbeAnswer => answerFromMarker(marker(address))
const creating = (address: string): ProbeAnswer => answerFromMarker(planned(address))
const joining = (address: string): ProbeAnswer => {
  const { raftAddress, incarnation, hostId } = marker(address)
  return { state: 'joining', raftAddress, incarnation, hostId, addresses, clusterId }
}

type Answers = readonly [b: ProbeAnswer | undefined, c: ProbeAnswer | undefined]

const nothing: Omit<JoinFindings, 'answers'> = {
  marker: marker('a:1'),
  pinnedClusterId: '',
  isJoining: false,
  hasQuarantine: false,
  initialAddresses: ['b:1', 'c:1'],
  hasCredentials: true,
}
const kinds: Readonly<Record<string, Omit<JoinFindings, 'answers'>>> = {
  nothing,
  'nothing, and no credentials': { ...nothing, hasCredentials: false },
  'nothing, and no initial members': { ...nothing, marker: undefined, initialAddresses: [] },
  anything: nothing,
  '`join.json`': { ...nothing, marker: undefined, pinnedClusterId: clusterId, isJoining: true },
  'an instance in quarantine': {
    ...nothing,
    marker: undefined,
    pinnedClusterId: clusterId,
    hasQuarantine: true,
  },
}

const known = member(plan.clusterId, { initialMembers: plan.members })
const said: Readonly<Record<string, Answers>> = {
  'all initial members are fresh': [fresh('b:1'), fresh('c:1')],
  'all initial members are creating the same cluster': [creating('b:1'), creating('c:1')],
  'one is in a cluster that began with this very incarnation': [undefined, known],
  'one is in a cluster that does not know this incarnation': [fresh('b:1'), member()],
  'one does not answer, and nobody is in a cluster': [fresh('b:1'), undefined],
  'one still asks a cluster for admission, and nobody is in one': [joining('b:1'), fresh('c:1')],
  'one was started with other initial members': [
    { ...fresh('b:1'), addresses: ['a:1', 'b:1'] } as ProbeAnswer,
    fresh('c:1'),
  ],
  'one is in a cluster': [undefined, member()],
  'nobody answers': [undefined, undefined],
  'they are in two clusters': [member(), member(otherClusterId)],
  'one is in the cluster it names': [joining('b:1'), member()],
  'one is in its cluster': [fresh('b:1'), member()],
  'one is in another cluster': [member(otherClusterId), undefined],
  'nobody is in a cluster, and one initial member does not answer': [fresh('b:1'), undefined],
  'all initial members answer, and nobody is in a cluster': [fresh('b:1'), joining('c:1')],
}

const inWords = (found: JoinPlan): string =>
  found.action === 'refuse' ? `refuse ${found.code}` : found.action

/** The rows of the page: what is here, what the seeds answer, what is done. */
const page = await readFile(new URL('../docs/boot.md', import.meta.url), 'utf8')
const section = page.slice(page.indexOf('| here is'), page.indexOf('- `plan` writes'))
const rows = section
  .split('\n')
  .slice(2)
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .filter((cells) => cells.length === 5)
  .map(([, here, answer, then]) => [here!, answer!, then!.replaceAll('`', '')] as const)

/** Rows of the failure matrix (raft.md 3.10) that a row of the page decides. */
const matrix: Readonly<Record<string, string>> = {
  'nothing/all initial members are fresh': 'J17 ',
  'nothing/one does not answer, and nobody is in a cluster': 'J27 ',
  'nothing/one is in a cluster that does not know this incarnation': 'J18 T1 ',
  '`join.json`/one is in another cluster': 'J16 T7 ',
  '`join.json`/all initial members answer, and nobody is in a cluster': 'J17 ',
  'an instance in quarantine/one is in another cluster': 'J16 T7 ',
}

test.each(rows.map((row) => [`${matrix[`${row[0]}/${row[1]}`] ?? ''}${row.join(': ')}`, row]))(
  'docs/boot.md: %s',
  (_title, row) => {
    const [here, answer, then] = row as readonly [string, string, string]
    const findings = { ...kinds[here]!, ...(then === 'create' ? { marker: planned('a:1') } : {}) }
    const [b, c] = said[answer]!
    const answers = new Map([
      ['b:1', b],
      ['c:1', c],
    ])
    expect(inWords(planJoin({ ...findings, answers }))).toBe(then)
  },
)

test('the page has a row for everything that is told apart here', () => {
  expect(rows.length).toBe(18)
  expect(new Set(rows.map(([here]) => here))).toEqual(new Set(Object.keys(kinds)))
  expect(new Set(rows.map(([, answer]) => answer))).toEqual(new Set(Object.keys(said)))
})

test('a join goes to the cluster that was found, and to no other', () => {
  const answers = new Map([['b:1', member()]])
  expect(planJoin({ ...nothing, answers })).toEqual({ action: 'join', clusterId })
  const pinned = { ...kinds['`join.json`']!, pinnedClusterId: otherClusterId }
  expect(planJoin({ ...pinned, answers })).toMatchObject({ code: 'STORE_WRONG_CLUSTER' })
})

test('any seed will do, whether it is an initial member or not', () => {
  const answers = new Map<string, ProbeAnswer | undefined>([
    ['b:1', undefined],
    ['c:1', undefined],
    ['z:1', member()],
  ])
  expect(planJoin({ ...nothing, answers })).toEqual({ action: 'join', clusterId })
})

test('T7 no cluster is begun, nor one given up, while a seed that was named is silent', () => {
  const initial: [string, ProbeAnswer][] = [
    ['b:1', fresh('b:1')],
    ['c:1', fresh('c:1')],
  ]
  const answers = new Map<string, ProbeAnswer | undefined>([...initial, ['z:1', undefined]])
  expect(planJoin({ ...nothing, answers })).toEqual({
    action: 'wait',
    reason: 'unreachable',
    addresses: ['z:1'],
  })
  expect(planJoin({ ...kinds['`join.json`']!, answers })).toMatchObject({ action: 'wait' })
  const all = new Map<string, ProbeAnswer>([...initial, ['z:1', fresh('z:1')]])
  expect(planJoin({ ...nothing, answers: all }).action).toBe('plan')
  expect(planJoin({ ...kinds['`join.json`']!, answers: all }).action).toBe('forget-join')
})
