// Two peers of API v2 and one file: the first is sent to the origin and tells the scheduler what it
// fetched, the second is given the first as its parent. Run it with the addresses of schedulers.
// docs/client.md shows this file.
import * as damselfly from 'damselfly/client'

const { random } = damselfly.systemRandom()
const ports = { clock: new damselfly.SystemClock(), random, logger: damselfly.nullLogger }
const scheduler = new damselfly.SchedulerClient(ports, { addresses: process.argv.slice(2) })

const taskId = 'b'.repeat(64)
const piece = { number: 0, length: 5, digest: 'crc32:907060870', cost: { nanos: 1_000_000 } }
const lengths = { actualPieceLength: 5, actualContentLength: 5, actualPieceCount: 1 }

/** Downloads as one peer; resolves with what it was told to do once the scheduler has ended it. */
async function download(peerId: string): Promise<string> {
  const hostId = `host-of-${peerId}`
  const host = { id: hostId, hostname: peerId, ip: '127.0.0.1', port: 4_000, downloadPort: 4_000 }
  await scheduler.announceHost({ host, interval: { seconds: 60 } })
  let told = 'nothing'
  return new Promise((resolve, reject) => {
    const listener: damselfly.DownloadAttachmentListener = {
      onResponse({ needBackToSourceResponse, normalTaskResponse }) {
        if (needBackToSourceResponse) {
          told = 'fetch from the origin'
          attachment.send({ downloadPeerBackToSourceStartedRequest: {} })
          const fetched = { ...piece, createdAt: { seconds: Math.floor(Date.now() / 1000) } }
          attachment.send({ downloadPieceBackToSourceFinishedRequest: { piece: fetched } })
          attachment.send({ downloadPeerBackToSourceFinishedRequest: {} })
        } else if (normalTaskResponse) {
          told = `fetch from ${normalTaskResponse.candidateParents.map(({ id }) => id).join()}`
          attachment.send({ downloadPeerStartedRequest: {} })
          attachment.send({ downloadPeerFinishedRequest: {} })
        }
      },
      onLost: (error) => console.log('trying another scheduler:', error.message),
      onEnd: (error) => (error === undefined ? resolve(told) : reject(error)),
    }
    const asked = { url: 'http://origin.example/file', ...lengths }
    const options = { hostId, taskId, peerId, download: asked }
    const attachment = new damselfly.DownloadAttachment({ ...ports, scheduler }, options, listener)
    attachment.open()
  })
}

console.log('one is told:', await download('one'))
console.log('two is told:', await download('two'))
scheduler.close()
