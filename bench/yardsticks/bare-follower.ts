// A follower of bare replication as a process: writes what it is sent, syncs, says how far it is.
import { join } from 'node:path'
import { Server, ServerCredentials } from '@grpc/grpc-js'
import type { ServerDuplexStream } from '@grpc/grpc-js'
import { serve } from '../worker-port.ts'
import { bareChannelOptions, bareService, encodeCount } from './bare-wire.ts'
import { SyncedFile } from './synced-file.ts'

/** Serves the stream; resolves to the address. */
async function open({ directory }: { readonly directory: string }): Promise<string> {
  const file = await SyncedFile.create(join(directory, 'log'))
  const server = new Server(bareChannelOptions)
  server.addService(bareService, {
    replicate: (stream: ServerDuplexStream<Buffer, Buffer>) => {
      let received = 0
      stream.on('data', (frame: Buffer) => {
        received += frame.readUInt32LE(0)
        const upTo = received
        // Appends finish in order, and those of one sync together: the last one speaks for all.
        void file.append(frame).then(() => acknowledge(stream, upTo))
      })
    },
  })
  return new Promise((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
      if (error === null) resolve(`127.0.0.1:${port}`)
      else reject(error)
    })
  })
}

let due: number | undefined

/** One acknowledgement for everything a sync has made durable. */
function acknowledge(stream: ServerDuplexStream<Buffer, Buffer>, count: number): void {
  const isScheduled = due !== undefined
  due = count
  if (isScheduled) return
  queueMicrotask(() => {
    stream.write(encodeCount(due!))
    due = undefined
  })
}

serve({ open })
