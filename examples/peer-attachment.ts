// Two peers of API v1 and one file: the first is sent to the origin and says that it has the file,
// the second is given the first as its parent. Should a scheduler die meanwhile, the peers register
// at another one by themselves. Run it with the addresses of schedulers. docs/client.md shows it.
import * as damselfly from 'damselfly/client'

const { random } = damselfly.systemRandom()
const ports = { clock: new damselfly.SystemClock(), random, logger: damselfly.nullLogger }
const scheduler = new damselfly.SchedulerClient(ports, { addresses: process.argv.slice(2) })
const taskId = 'a'.repeat(64)

interface Attached {
  readonly attachment: damselfly.PeerAttachment
  /** Undefined: the origin. */
  readonly parent: string | undefined
}

/** Registers a peer and waits for the first thing it is told. */
function attach(peerId: string): Promise<Attached> {
  const host = { id: `host-of-${peerId}`, hostname: peerId, ip: '127.0.0.1' }
  const peerHost = { ...host, rpcPort: 65_000, downPort: 65_002 }
  const request = { taskId, peerId, peerHost, url: 'http://origin.example/file', urlMeta: {} }
  return new Promise<Attached>((resolve, reject) => {
    const listener = {
      onPacket({ mainPeer }: damselfly.schedulerV1.PeerPacket__Output) {
        resolve({ attachment, parent: mainPeer?.peerId })
      },
      onLost: (error: Error) => console.log('no scheduler yet:', error.message),
      onRefused: reject,
    }
    const attachment = new damselfly.PeerAttachment({ ...ports, scheduler }, { request }, listener)
    attachment.register(10_000).then(() => attachment.open(), reject)
  })
}

const one = await attach('one')
console.log('one fetches from', one.parent ?? 'the origin')
const piece = { pieceNum: 0, rangeSize: 5, pieceMd5: '5d41402abc4b2a76b9719d911017c592' }
one.attachment.report({ pieceInfo: piece, success: true, code: 'Success', finishedCount: 1 })
const whole = { success: true, contentLength: 5, totalPieceCount: 1 }
await one.attachment.finish(whole, { deadlineMs: 10_000 })

const two = await attach('two')
console.log('two fetches from', two.parent ?? 'the origin')
two.attachment.close()
scheduler.close()
