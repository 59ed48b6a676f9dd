// What no client may say: each is refused with its own code, by a member of real processes. Tests
// within one process know every field; here are the kinds of it, and that nobody else notices.
import { credentials, Metadata, status } from '@grpc/grpc-js'
import { dfCodes, DfError, fromWireStatus, loadServices } from '../../../proto/index.ts'
import type { commonV1, schedulerV1, schedulerV2 } from '../../../proto/index.ts'
import { Conversation } from './conversation.ts'
import { MemberStub } from './member-stub.ts'
import {
  announceHostV2,
  announceTaskV1,
  beginV1,
  pieceV2,
  registerV1,
  registerV2,
  taskIdOf,
} from './requests.ts'
import { check, trio } from './steps.ts'
import type { SchedulerItem } from './steps.ts'
import { SteadyClients } from './steady-client.ts'

const hostId = 'bad-host'
const name = { taskId: taskIdOf('bad'), peerId: 'bad-peer', hostId }
const announceIntervalMs = 3_600_000
const wordMsMax = 30_000

/** The word of an error: a code of API v1, or a gRPC status. */
function wordOf(error: unknown): string {
  const known = fromWireStatus(error)
  if (known instanceof DfError) return String(known.dfCode)
  const word = status[known.grpcStatus]
  return word === 'UNKNOWN' ? known.message : word
}

async function sayV1(stub: MemberStub, results: readonly schedulerV1.PieceResult[]): Promise<void> {
  const stream = new Conversation<schedulerV1.PieceResult, unknown>(stub.openPieces())
  for (const result of results) stream.say(result)
  await stream.untilEnd(wordMsMax)
}

async function sayV2(
  stub: MemberStub,
  requests: readonly schedulerV2.AnnouncePeerRequest[],
): Promise<void> {
  const stream = new Conversation<schedulerV2.AnnouncePeerRequest, unknown>(stub.openPeer())
  for (const request of requests) stream.say(request)
  await stream.untilEnd(wordMsMax)
}

const registerWith = (stub: MemberStub, urlMeta: commonV1.UrlMeta): Promise<unknown> =>
  stub.registerPeerTask({ ...registerV1(name), urlMeta })

function downloadWith(
  stub: MemberStub,
  download: NonNullable<schedulerV2.RegisterPeerRequest['download']>,
): Promise<void> {
  const url = 'http://origin.test/bad'
  return sayV2(stub, [{ ...name, registerPeerRequest: { download: { url, ...download } } }])
}

/** More entries, and longer ones, than a task may have. */
const manyHeaders = Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`name-${i}`, 'v']))
const longHeader = { name: 'v'.repeat(1_000_000) }
const held = { ...name, taskId: taskIdOf('held'), peerId: 'held' }
const unknown = { ...name, peerId: 'nobody' }

type Case = readonly [title: string, wanted: string, act: (stub: MemberStub) => Promise<unknown>]

const casesV1: readonly Case[] = [
  ['v1 unknown task', '1404', (stub) => stub.statTaskV1(taskIdOf('nothing'))],
  ['v1 unknown peer', '5004', (stub) => stub.reportPeerResult({ ...unknown, code: 'Success' })],
  ['v1 stream of an unknown peer', '5007', (stub) => sayV1(stub, [beginV1(unknown)])],
  ['v1 digest', 'INVALID_ARGUMENT', (stub) => registerWith(stub, { digest: 'md5:zz' })],
  ['v1 range', 'INVALID_ARGUMENT', (stub) => registerWith(stub, { range: '9-1' })],
  ['v1 priority', 'INVALID_ARGUMENT', (stub) => registerWith(stub, { priority: 7 as 0 })],
  ['v1 many headers', 'INVALID_ARGUMENT', (stub) => registerWith(stub, { header: manyHeaders })],
  ['v1 long header', 'INVALID_ARGUMENT', (stub) => registerWith(stub, { header: longHeader })],
  [
    'v1 somebody else’s peer',
    String(dfCodes.BadRequest),
    (stub) => stub.announceTask(announceTaskV1({ ...held, hostId: 'thief' })),
  ],
]

const casesV2: readonly Case[] = [
  ['v2 unknown task', 'NOT_FOUND', (stub) => stub.statTask(taskIdOf('nothing'), hostId)],
  ['v2 unknown peer', 'NOT_FOUND', (stub) => stub.statPeer(unknown)],
  ['v2 unknown host', 'NOT_FOUND', (stub) => stub.deleteHost('nowhere')],
  [
    'v2 download of an unknown host',
    'NOT_FOUND',
    (stub) => sayV2(stub, [registerV2({ ...name, peerId: 'lost', hostId: 'nowhere' })]),
  ],
  [
    'v2 start of an unknown peer',
    'NOT_FOUND',
    (stub) => sayV2(stub, [{ ...unknown, downloadPeerStartedRequest: {} }]),
  ],
  ['v2 no request at all', 'FAILED_PRECONDITION', (stub) => sayV2(stub, [name])],
  [
    'v2 two peers on one stream',
    'INVALID_ARGUMENT',
    (stub) => sayV2(stub, [registerV2(name), { ...unknown, downloadPeerStartedRequest: {} }]),
  ],
  ['v2 digest', 'INVALID_ARGUMENT', (stub) => downloadWith(stub, { digest: 'sha256:ab' })],
  [
    'v2 range',
    'INVALID_ARGUMENT',
    (stub) => downloadWith(stub, { range: { start: 1, length: 0 } }),
  ],
  ['v2 priority', 'INVALID_ARGUMENT', (stub) => downloadWith(stub, { priority: 9 as 0 })],
  [
    'v2 many headers',
    'INVALID_ARGUMENT',
    (stub) => downloadWith(stub, { requestHeader: manyHeaders }),
  ],
  [
    'v2 long header',
    'INVALID_ARGUMENT',
    (stub) => downloadWith(stub, { requestHeader: longHeader }),
  ],
  [
    'v2 piece number',
    'INVALID_ARGUMENT',
    (stub) => sayV2(stub, [registerV2(name), pieceV2(name, 2 ** 31, '')]),
  ],
  [
    'v2 peer of another stream',
    'ABORTED',
    async (stub) => {
      const first = new Conversation<schedulerV2.AnnouncePeerRequest, unknown>(stub.openPeer())
      first.say(registerV2(name))
      await first.hear(wordMsMax)
      await sayV2(stub, [{ ...name, downloadPeerStartedRequest: {} }]).finally(() => first.cancel())
    },
  ],
  [
    'v2 illegal transition',
    'INTERNAL',
    (stub) => {
      const whole = { ...name, peerId: 'bad-empty', taskId: taskIdOf('bad and empty') }
      const empty = { url: 'http://origin.test/empty', actualContentLength: 0, actualPieceCount: 0 }
      return sayV2(stub, [
        { ...whole, registerPeerRequest: { download: empty } },
        { ...whole, reschedulePeerRequest: {} },
      ])
    },
  ],
]

/** Headers of a call that are longer than a connection may send. */
async function sayHeaders(address: string): Promise<unknown> {
  const { schedulerV1: Service } = loadServices()
  const client = new Service(address, credentials.createInsecure())
  const metadata = new Metadata()
  for (let i = 0; i < 64; i += 1) metadata.set(`x-long-${i}`, 'v'.repeat(1_024))
  try {
    return await new Promise((resolve, reject) => {
      const deadline = Date.now() + wordMsMax
      client.statTask({ taskId: taskIdOf('any') }, metadata, { deadline }, (error, reply) => {
        if (error === null) resolve(reply)
        else reject(error)
      })
    })
  } finally {
    client.close()
  }
}

async function checkRefused(title: string, wanted: string, act: Promise<unknown>): Promise<void> {
  const word = await act.then(() => 'OK', wordOf)
  check(word === wanted, `${title}: ${word}, not ${wanted}`)
}

export const badMessages: SchedulerItem = {
  title: 'bad messages of both APIs are refused with their codes, and nobody else notices',
  run: async (cluster) => {
    const addresses = trio(cluster).map(({ addr }) => addr)
    const setup = new MemberStub(addresses[0]!)
    await setup.announceHost(announceHostV2(hostId, announceIntervalMs))
    await setup.announceTask(announceTaskV1(held))
    setup.close()
    const others = new SteadyClients(addresses)
    let refused = 0
    try {
      for (const address of addresses) {
        const stub = new MemberStub(address)
        try {
          for (const [title, wanted, act] of [...casesV1, ...casesV2]) {
            await checkRefused(title, wanted, act(stub))
            refused += 1
          }
        } finally {
          stub.close()
        }
        await checkRefused('long headers', 'INVALID_ARGUMENT', sayHeaders(address))
      }
    } catch (error) {
      await others.stop().catch(() => undefined)
      throw error
    }
    return `${refused} refused; ${await others.stop()}`
  },
}
