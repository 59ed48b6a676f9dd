import { credentials, status } from '@grpc/grpc-js'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CodedError, nullLogger } from '../base/index.ts'
import { loadServices } from '../proto/index.ts'
import type { clusterV1, commonV2, managerV2 } from '../proto/index.ts'
import { createApp } from './app.ts'
import { ClusterView } from './cluster-view.ts'
import type { ClusterSource, ViewOptions } from './cluster-view.ts'
import { ManagerGrpcServer } from './grpc.ts'
import { startManager } from './server.ts'

const addresses = ['127.0.0.1:7010', '127.0.0.1:7020', '127.0.0.1:7030']

function member(id: number, role: string): clusterV1.Member__Output {
  const addr = addresses[id - 1]!
  const who = { id, addr, raftAddr: '', role, state: 'online', hostId: `s${id}` }
  const build = { incarnation: '', version: '0.1.0', features: [] }
  return { ...who, ...build, pid: 1, term: 4, commit: 9, applied: 9 }
}

function node(id: number, change: Partial<clusterV1.Node__Output> = {}): clusterV1.Node__Output {
  const place = { addr: addresses[id - 1]!, raftAddr: `127.0.0.1:${7000 + id}` }
  return { id, hostId: `s${id}`, ...place, role: 'voter', state: 'online', ...change }
}

const place = { index: 30, configurationId: 2 }

/** A cluster of three whose second member leads; `down` members do not answer. */
class FakeCluster implements ClusterSource {
  readonly down = new Set<string>()
  hosts: commonV2.Host__Output[] = []
  nodes = [1, 2, 3].map((id) => node(id))
  hostQueries = 0
  /** Shown to the manager as hidden: it has the certificate of an operator. */
  hiddenId = 0
  notShown: clusterV1.NotShown__Output | null = null
  /** Consistencies that views were asked for. */
  readonly asked: string[] = []
  /** Nobody leads: only stale views are answered. */
  isLeaderless = false

  #view<Reply>({ consistency }: ViewOptions, reply: Reply): Promise<Reply> {
    this.asked.push(consistency)
    const isSilent = this.down.size === 3 || (this.isLeaderless && consistency !== 'stale')
    if (isSilent) return Promise.reject(new CodedError('SCHED_UNAVAILABLE', 'nobody answers'))
    return Promise.resolve(reply)
  }

  readonly views: ClusterSource['views'] = {
    shards: (options) => this.#view(options, { ...place, shards: this.#shards(this.nodes) }),
    slots: (options) =>
      this.#view(options, {
        ...place,
        shards: this.#shards(this.nodes.filter(({ state }) => state === 'online')),
      }),
    nodes: (options) => this.#view(options, { ...place, nodes: this.nodes }),
  }

  #shards(nodes: clusterV1.Node__Output[]): clusterV1.Shard__Output[] {
    return [{ slots: [{ start: 0, end: 16_383 }], nodes }]
  }

  async listHosts(): Promise<readonly commonV2.Host__Output[]> {
    this.hostQueries += 1
    if (this.down.size === 3) throw new CodedError('SCHED_UNAVAILABLE', 'no scheduler answers')
    return this.hosts
  }

  async status(address: string): Promise<clusterV1.StatusReply__Output> {
    const selfId = addresses.indexOf(address) + 1
    if (selfId === 0 || this.down.has(address)) throw new Error(`${address} is silent`)
    const leaderId = this.down.has(addresses[1]!) ? 0 : 2
    const members = [1, 2, 3].map((id) => ({
      ...member(id, id !== selfId ? 'unknown' : id === 2 ? 'leader' : 'follower'),
      state: id === this.hiddenId ? 'hidden' : 'online',
    }))
    return {
      clusterId: 'c'.repeat(32),
      leaderId,
      term: 4,
      selfId,
      members,
      digestIndex: 0,
      digest: '',
      configurationId: 2,
      isJoint: false,
      voters: [1, 2, 3],
      votersOutgoing: [],
      pendingChangeIndex: 0,
      transferTarget: 0,
      faultTolerance: { voters: 3, quorum: 2, active: 3 - this.down.size, canLose: 1 },
      features: [],
      alarms: [],
      selfRole: selfId === 2 ? 'leader' : 'follower',
      selfCommit: 9,
      notShown: this.notShown,
    }
  }
}

function host(name: string, type: number): commonV2.Host__Output {
  return {
    id: `127.0.0.1-${name}`,
    type,
    hostname: name,
    ip: '127.0.0.1',
    port: 65000,
    downloadPort: 65002,
    os: 'linux',
    platform: 'debian',
    platformFamily: 'debian',
    platformVersion: '12',
    kernelVersion: '6',
    cpu: null,
    memory: null,
    network: null,
    disk: null,
    build: null,
    schedulerClusterId: 1,
    disableShared: false,
    proxyPort: 0,
    name,
  }
}

let cluster: FakeCluster

beforeEach(() => {
  cluster = new FakeCluster()
})

function app(isPublicRead = true) {
  const view = new ClusterView(cluster, () => [addresses[0]!])
  return createApp({ view, logger: nullLogger }, { isPublicRead })
}

describe('REST', () => {
  it('shows every member with its role, the unreachable one too', async () => {
    cluster.down.add(addresses[2]!)
    const response = await app().inject('/api/v1/schedulers')
    expect(response.statusCode).toBe(200)
    const rows = response.json<Record<string, unknown>[]>()
    expect(rows.map((row) => [row['host_name'], row['port'], row['role'], row['state']])).toEqual([
      ['s1', 7010, 'follower', 'active'],
      ['s2', 7020, 'leader', 'active'],
      ['s3', 7030, 'unknown', 'inactive'],
    ])
    expect(rows.map((row) => row['is_leader'])).toEqual([false, true, false])
  })

  it('goes on showing the members it knew when all are silent', async () => {
    const server = app()
    await server.inject('/api/v1/schedulers')
    for (const address of addresses) cluster.down.add(address)
    const rows = (await server.inject('/api/v1/schedulers')).json<Record<string, unknown>[]>()
    expect(rows.map((row) => row['state'])).toEqual(['inactive', 'inactive', 'inactive'])
  })

  it('answers live hosts as a bare array of upstream peers, seed peers included', async () => {
    cluster.hosts = [host('peer-1', 0), host('seed-1', 1)]
    const response = await app().inject('/api/v1/peers')
    const rows = response.json<Record<string, unknown>[]>()
    expect(rows.map((row) => [row['host_name'], row['type'], row['state']])).toEqual([
      ['peer-1', 'normal', 'active'],
      ['seed-1', 'super', 'active'],
    ])
    expect(rows[0]).toMatchObject({ ip: '127.0.0.1', port: 65000, download_port: 65002 })
  })

  it('shares a query among readers, but never for ?fresh=true', async () => {
    const server = app()
    await Promise.all([1, 2, 3].map(() => server.inject('/api/v1/peers')))
    expect(cluster.hostQueries).toBe(1)
    await Promise.all([1, 2, 3].map(() => server.inject('/api/v1/peers?fresh=true')))
    expect(cluster.hostQueries).toBe(4)
    expect((await server.inject('/api/v1/peers?fresh=perhaps')).statusCode).toBe(400)
  })

  it('says with a code that no scheduler answers', async () => {
    for (const address of addresses) cluster.down.add(address)
    const response = await app().inject('/api/v1/peers')
    expect(response.statusCode).toBe(503)
    expect(response.json()).toMatchObject({ code: 'SCHED_UNAVAILABLE' })
  })

  it('names no hidden member, not even when it is told of one', async () => {
    const server = app()
    cluster.hiddenId = 3
    const told = await server.inject('/api/v1/cluster/status')
    expect(told.json()).toMatchObject({ verdict: 'healthy', members_not_shown: 1 })
    expect(told.json<{ notes: string[] }>().notes).toHaveLength(1)
    for (const path of ['/api/v1/cluster/status', '/api/v1/schedulers']) {
      const { body } = await server.inject(path)
      expect(body).toContain('"host_name":"s2"')
      expect(body).not.toMatch(/"s3"|hidden"/)
    }
  })

  it.each(['/api/v1', '/oapi/v1'])('tells the verdict and its reasons under %s', async (prefix) => {
    const server = app()
    const healthy = await server.inject(`${prefix}/cluster/status`)
    expect(healthy.json()).toMatchObject({
      cluster_id: 'c'.repeat(32),
      leader_id: 2,
      verdict: 'healthy',
      reasons: [],
      quorum: { voters: 3, quorum: 2, active: 3, can_lose: 1 },
      pending_change: null,
    })
    cluster.down.add(addresses[2]!)
    const status = (await server.inject(`${prefix}/cluster/status`)).json<{
      verdict: string
      reasons: string[]
      members: Record<string, unknown>[]
    }>()
    expect([status.verdict, status.reasons]).toEqual(['degraded', ['s3 did not answer']])
    expect(status.members[1]).toMatchObject({ host_name: 's2', port: 7020, is_leader: true })
    expect(status.members[2]).toMatchObject({ is_reachable: false, term: null })
  })

  it('shows the views of the node states as they are', async () => {
    cluster.nodes = [node(1), node(2, { state: 'loading', loadedPercent: 40, loadedBytes: 4 })]
    const server = app()
    const shards = (await server.inject('/api/v1/cluster/shards')).json<{ shards: object[] }>()
    expect(shards).toMatchObject({ index: 30, configuration_id: 2 })
    expect(shards.shards).toMatchObject([
      {
        slots: [{ start: 0, end: 16_383 }],
        nodes: [
          { id: 1, node_state: 'online', loaded_percent: null },
          { id: 2, node_state: 'loading', loaded_percent: 40 },
        ],
      },
    ])
    const slots = (await server.inject('/oapi/v1/cluster/slots')).json<{
      shards: { nodes: { id: number }[] }[]
    }>()
    expect(slots.shards[0]?.nodes.map(({ id }) => id)).toEqual([1])
    const nodes = await server.inject('/api/v1/cluster/nodes?consistency=stale')
    expect(nodes.json()).toMatchObject({ nodes: [{ host_name: 's1' }, { host_name: 's2' }] })
    expect(cluster.asked).toEqual(['linearizable', 'linearizable', 'stale'])
    const wrong = await server.inject('/api/v1/cluster/nodes?consistency=perhaps')
    expect(wrong.statusCode).toBe(400)
  })

  it('says with a code that no view can be read', async () => {
    cluster.isLeaderless = true
    const server = app()
    const response = await server.inject('/api/v1/cluster/nodes')
    expect([response.statusCode, response.json<{ code: string }>().code]).toEqual([
      503,
      'SCHED_UNAVAILABLE',
    ])
    expect((await server.inject('/api/v1/cluster/nodes?consistency=stale')).statusCode).toBe(200)
  })

  it('denies whatever does not say that it is open', async () => {
    const closed = app(false)
    closed.get('/forgotten', async () => 'secret')
    for (const path of ['/', '/api/v1/schedulers', '/api/v1/cluster/nodes', '/forgotten']) {
      const response = await closed.inject(path)
      expect([path, response.statusCode]).toEqual([path, 401])
      expect(response.json()).toMatchObject({ code: 'MGR_UNAUTHENTICATED' })
    }
    expect((await closed.inject('/healthy')).body).toBe('OK')
    const open = app(true)
    open.get('/forgotten', async () => 'secret')
    expect((await open.inject('/forgotten')).statusCode).toBe(401)
    expect((await open.inject('/nowhere')).json()).toMatchObject({ code: 'MGR_NOT_FOUND' })
  })

  it('serves the page with a policy that allows no foreign script', async () => {
    const response = await app().inject('/')
    expect(response.headers['content-security-policy']).toContain("default-src 'self'")
    expect(response.body).toContain('id="members"')
    expect((await app().inject('/app.js')).headers['content-type']).toContain('text/javascript')
  })
})

describe('gRPC', () => {
  let grpc: ManagerGrpcServer
  let client: InstanceType<ReturnType<typeof loadServices>['managerV2']>

  beforeEach(async () => {
    const view = new ClusterView(cluster, () => [addresses[0]!])
    grpc = new ManagerGrpcServer({ view, logger: nullLogger })
    const port = await grpc.listen('127.0.0.1:0')
    const { managerV2: Client } = loadServices()
    client = new Client(`127.0.0.1:${port}`, credentials.createInsecure())
  })

  afterEach(() => {
    client.close()
    grpc.stop()
  })

  function list(hostname = 'h'): Promise<managerV2.ListSchedulersResponse__Output> {
    return new Promise((resolve, reject) => {
      const request = { sourceType: 'PEER_SOURCE', hostname, ip: '10.0.0.1' } as const
      client.listSchedulers(request, (error, reply) => {
        if (error === null) resolve(reply!)
        else reject(error)
      })
    })
  }

  it('lists the online members with their cluster', async () => {
    const { schedulers } = await list()
    expect(schedulers.map(({ hostname, ip, port }) => [hostname, ip, port])).toEqual([
      ['s1', '127.0.0.1', 7010],
      ['s2', '127.0.0.1', 7020],
      ['s3', '127.0.0.1', 7030],
    ])
    expect(schedulers[0]?.schedulerCluster?.name).toBe('cluster-1')
    expect(JSON.parse(schedulers[0]!.features.toString())).toEqual(['schedule'])
  })

  const ids = async (): Promise<number[]> => (await list()).schedulers.map(({ id }) => id ?? 0)

  it('lists who is online, and nobody else', async () => {
    cluster.nodes = [
      node(1),
      node(2, { state: 'loading' }),
      node(3, { state: 'online', role: 'learner' }),
    ]
    expect(await ids()).toEqual([1, 3])
    for (const state of ['joining', 'fail', 'draining', 'left']) {
      cluster.nodes = [node(1), node(2, { state })]
      expect([state, await ids()]).toEqual([state, [1]])
    }
  })

  it('with nobody online lists every voter that neither hides nor drains', async () => {
    cluster.nodes = [
      node(1, { state: 'draining' }),
      node(2, { state: 'fail' }),
      node(3, { state: 'joining', role: 'learner' }),
    ]
    expect(await ids()).toEqual([2])
  })

  it('a member appears the moment it is online', async () => {
    cluster.nodes = [node(1), node(2, { state: 'loading' })]
    expect(await ids()).toEqual([1])
    cluster.nodes = [node(1), node(2)]
    expect(await ids()).toEqual([1, 2])
  })

  it('without a leader lists what a member has, then what it listed last', async () => {
    cluster.nodes = [node(1), node(2)]
    cluster.isLeaderless = true
    expect(await ids()).toEqual([1, 2])
    expect(cluster.asked).toEqual(['linearizable', 'stale'])
    for (const address of addresses) cluster.down.add(address)
    expect(await ids()).toEqual([1, 2])
  })

  it('is never empty: with everyone silent it lists where to try', async () => {
    for (const address of addresses) cluster.down.add(address)
    expect((await list()).schedulers.map(({ port }) => port)).toEqual([7010])
  })

  it('refuses an overlong field', async () => {
    await expect(list('x'.repeat(1025))).rejects.toMatchObject({ code: status.INVALID_ARGUMENT })
  })
})

it('refuses a port in use with MGR_PORT_IN_USE', async () => {
  const options = { listenIp: '127.0.0.1', grpcPort: 0, seeds: () => addresses, publicRead: false }
  const deps = { source: cluster, logger: nullLogger }
  const first = await startManager(deps, { ...options, restPort: 0 })
  const restPort = Number(new URL(first.restUrl).port)
  await expect(startManager(deps, { ...options, restPort })).rejects.toMatchObject({
    code: 'MGR_PORT_IN_USE',
  })
  await first.stop()
})
