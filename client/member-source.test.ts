import { afterEach, expect, test } from 'vitest'
import { SystemClock } from '../runtime/index.ts'
import { startFakeManager } from './fake-manager.suite.ts'
import type { FakeManager } from './fake-manager.suite.ts'
import { parseMemberSources } from './member-source.ts'
import type { MemberSource, MemberSourceDeps } from './member-source.ts'

const stops: (() => void)[] = []
afterEach(() => {
  for (const stop of stops.splice(0)) stop()
})

async function startManager(apis?: readonly (1 | 2)[]): Promise<FakeManager> {
  const manager = await startFakeManager(apis)
  stops.push(manager.stop)
  return manager
}

const clock = new SystemClock()
const asker = { hostname: 'h', ip: '10.0.0.9', idc: 'i', location: '' }
const never = new AbortController().signal

function parse(texts: readonly string[], deps: Partial<MemberSourceDeps> = {}): MemberSource[] {
  return [...parseMemberSources({ clock, ...deps }, texts, asker)]
}

test('host:port is known without asking anybody', () => {
  const [one, two] = parse(['10.0.0.1:8002', '[::1]:8002'])
  expect([one?.known, two?.known]).toEqual([['10.0.0.1:8002'], ['[::1]:8002']])
  expect([one?.resolve, two?.resolve]).toEqual([undefined, undefined])
})

test.each([['dns:schedulers.example:8002'], ['dns:///schedulers.example:8002']])(
  '%s is every address of the name',
  async (text) => {
    const asked: string[] = []
    const lookup = async (name: string): Promise<readonly string[]> => {
      asked.push(name)
      return ['10.0.0.1', 'fd00::1']
    }
    const [source] = parse([text], { lookup })
    expect(source?.known).toEqual([])
    expect(await source?.resolve?.(never)).toEqual(['10.0.0.1:8002', '[fd00::1]:8002'])
    expect(asked).toEqual(['schedulers.example'])
    expect(source?.serverNames).toEqual(['schedulers.example'])
  },
)

test('names are looked up as the system does', async () => {
  const [source] = parse(['dns:///localhost:8002'])
  const found = await source?.resolve?.(never)
  expect(['127.0.0.1:8002', '[::1]:8002']).toEqual(expect.arrayContaining([...found!]))
  expect(found?.length).toBeGreaterThan(0)
})

test('a manager is asked through API v2', async () => {
  const manager = await startManager()
  manager.named = ['10.0.0.1:8002', '[fd00::1]:8003']
  const [source] = parse([`manager://${manager.address}`])
  expect(await source?.resolve?.(never)).toEqual(manager.named)
  const request = { sourceType: 'PEER_SOURCE', hostname: 'h', ip: '10.0.0.9', idc: 'i' }
  expect(manager.asked).toMatchObject([{ api: 2, request }])
})

test('a manager without API v2 is asked through API v1', async () => {
  const manager = await startManager([1])
  manager.named = ['10.0.0.1:8002']
  const [source] = parse([`manager://${manager.address}`])
  expect(await source?.resolve?.(never)).toEqual(manager.named)
  const request = { hostname: 'h', hostInfo: { idc: 'i' } }
  expect(manager.asked).toMatchObject([{ api: 1, request }])
})

test('of several managers the first that answers speaks, and is asked first from then on', async () => {
  const [gone, here] = [await startManager(), await startManager()]
  gone.stop()
  here.named = ['10.0.0.1:8002']
  const texts = [`manager://${gone.address}`, '10.0.0.2:8002', `manager://${here.address}`]
  const sources = parse(texts)
  expect(sources.map(({ known }) => known)).toEqual([['10.0.0.2:8002'], []])
  const managers = sources[1]
  expect(managers?.text).toBe(`manager://${gone.address},manager://${here.address}`)
  expect(await managers?.resolve?.(never)).toEqual(here.named)
  expect(await managers?.resolve?.(never)).toEqual(here.named)
  expect(here.asked).toHaveLength(2)
})

test('with no manager there the last failure is told, and a question can be given up', async () => {
  const manager = await startManager()
  manager.isSilent = true
  const [source] = parse([`manager://${manager.address}`])
  const controller = new AbortController()
  const asking = source?.resolve?.(controller.signal)
  controller.abort(new Error('enough'))
  await expect(asking).rejects.toMatchObject({ code: 'PROTO_CANCELLED' })
  manager.stop()
  await expect(source?.resolve?.(never)).rejects.toMatchObject({ code: 'PROTO_UNAVAILABLE' })
})

test.each([
  [[], 'at least one scheduler address is needed'],
  [['nonsense'], '"nonsense" is not host:port, dns:///name:port or manager://host:port'],
  [['10.0.0.1:8002', 'http://x:80'], '"http://x:80" is not host:port'],
  [['dns:///name'], '"dns:///name" is not dns:///name:port'],
  [['dns:name:0'], '"dns:name:0" is not dns:///name:port'],
  [['dns://10.0.0.53/name:8002'], 'it names a DNS server'],
  [['manager://host'], '"manager://host" is not manager://host:port'],
  [['manager://host:65003/'], '"manager://host:65003/" is not manager://host:port'],
])('%j is refused', (texts, reason) => {
  const refusal = { code: 'CONF_ADDRESS', message: expect.stringContaining(reason) as string }
  expect(() => parse(texts)).toThrow(expect.objectContaining(refusal) as Error)
})
