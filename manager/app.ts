// The REST side. Deny by default: a route is open only when it says so, and `public-read` is on
// only while the manager listens on loopback, unless the operator asks for more.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { fastify } from 'fastify'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { CodedError, isCoded, messageOf } from '../base/index.ts'
import type { Logger } from '../base/index.ts'
import type { ClusterView } from './cluster-view.ts'
import { nodesShape, shardsShape, statusShape } from './cluster-shapes.ts'
import { peerShape, schedulerShape } from './shapes.ts'

/** Who may call a route: `open` anyone, `public-read` anyone while public reads are on. */
export type Access = 'open' | 'public-read'

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access
  }
}

/** Bytes of a request body; no route of this API takes one. */
const bodyBytesMax = 1024

/** Bytes of all headers of one request; longer ones end with 431. */
export const requestHeadersBytesMax = 16 * 1024

/** A connection that has sent no whole request by then is closed. */
const requestTimeoutMs = 10_000

const securityHeaders = {
  'content-security-policy':
    "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
} as const

export interface AppOptions {
  /** Answer `public-read` routes. */
  readonly isPublicRead: boolean
}

/** Builds the application; `server.ts` listens. */
export function createApp(
  deps: { readonly view: ClusterView; readonly logger: Logger },
  options: AppOptions,
): FastifyInstance {
  const { view, logger } = deps
  const app = fastify({
    bodyLimit: bodyBytesMax,
    requestTimeout: requestTimeoutMs,
    http: { maxHeaderSize: requestHeadersBytesMax },
    routerOptions: { maxParamLength: 256 },
    return503OnClosing: true,
  })
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(securityHeaders)
    if (request.is404) return
    const { access } = request.routeOptions.config
    const isAllowed = access === 'open' || (access === 'public-read' && options.isPublicRead)
    if (!isAllowed) await refuse(reply, 401, 'MGR_UNAUTHENTICATED', 'sign in to read this')
  })
  app.setNotFoundHandler(async (request, reply) => {
    await refuse(reply, 404, 'MGR_NOT_FOUND', `no such page: ${request.url.slice(0, 200)}`)
  })
  app.setErrorHandler(async (error, request, reply) => {
    const status = (error as { statusCode?: number }).statusCode ?? 500
    if (status < 500) {
      await refuse(reply, status, 'MGR_BAD_REQUEST', messageOf(error))
      return
    }
    logger.warn({ err: messageOf(error), url: request.url }, 'request failed')
    const isCluster = isCoded(error) && error.code.startsWith('SCHED_')
    const code = isCluster ? error.code : 'MGR_CLUSTER_UNREACHABLE'
    await refuse(reply, 503, code, messageOf(error))
  })
  addApi(app, view)
  addClusterApi(app, view)
  addPage(app)
  return app
}

async function refuse(
  reply: FastifyReply,
  status: number,
  code: string,
  message: string,
): Promise<void> {
  await reply.code(status).send({ code, message })
}

const freshSchema = {
  querystring: {
    type: 'object',
    additionalProperties: true,
    properties: { fresh: { type: 'boolean', default: false } },
  },
} as const

const publicRead = { config: { access: 'public-read' } } as const

function addApi(app: FastifyInstance, view: ClusterView): void {
  app.get('/healthy', { config: { access: 'open' } }, async () => 'OK')
  app.get('/api/v1/schedulers', publicRead, async () => {
    const { members } = await view.overview()
    return members.map(schedulerShape)
  })
  app.get<{ Querystring: { fresh: boolean } }>(
    '/api/v1/peers',
    { ...publicRead, schema: freshSchema },
    async (request) => {
      const hosts = await view.hosts(request.query.fresh)
      return hosts.map(peerShape)
    },
  )
}

const viewSchema = {
  querystring: {
    type: 'object',
    additionalProperties: true,
    properties: {
      consistency: { type: 'string', enum: ['linearizable', 'stale'], default: 'linearizable' },
    },
  },
} as const

interface ViewQuery {
  readonly Querystring: { readonly consistency: 'linearizable' | 'stale' }
}

/** The cluster as its schedulers see it, under both of upstream's prefixes. */
function addClusterApi(app: FastifyInstance, view: ClusterView): void {
  const route = { ...publicRead, schema: viewSchema }
  for (const prefix of ['/api/v1/cluster', '/oapi/v1/cluster']) {
    app.get(`${prefix}/status`, publicRead, async () => statusShape(await view.overview()))
    app.get<ViewQuery>(`${prefix}/shards`, route, async ({ query: { consistency } }) =>
      shardsShape(await view.views.shards({ consistency })),
    )
    app.get<ViewQuery>(`${prefix}/slots`, route, async ({ query: { consistency } }) =>
      shardsShape(await view.views.slots({ consistency })),
    )
    app.get<ViewQuery>(`${prefix}/nodes`, route, async ({ query: { consistency } }) =>
      nodesShape(await view.views.nodes({ consistency })),
    )
  }
}

const pages = [
  { path: '/', file: 'index.html', type: 'text/html; charset=utf-8' },
  { path: '/app.js', file: 'app.js', type: 'text/javascript; charset=utf-8' },
  { path: '/style.css', file: 'style.css', type: 'text/css; charset=utf-8' },
] as const

function addPage(app: FastifyInstance): void {
  for (const { path, file, type } of pages) {
    const content = readPage(file)
    app.get(path, { config: { access: 'public-read' } }, async (_, reply) => {
      return reply.type(type).header('cache-control', 'no-cache').send(content)
    })
  }
}

function readPage(file: string): Buffer {
  const path = fileURLToPath(new URL(`web/${file}`, import.meta.url))
  try {
    return readFileSync(path)
  } catch (error) {
    const message = `the console's ${file} is missing from this installation`
    throw new CodedError('MGR_PAGE_MISSING', message, { cause: error })
  }
}
