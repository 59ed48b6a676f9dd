// gRPC calls whose messages are any bytes: whole frames around what no encoder would make.
import { Client, credentials } from '@grpc/grpc-js'
import type { StatusObject } from '@grpc/grpc-js'

const asIs = (bytes: Buffer): Buffer => bytes
const deadline = (): { deadline: number } => ({ deadline: Date.now() + 20_000 })

/** Sends one message to a unary method; resolves with the status code, 0 for an answer. */
export async function sendUnary(address: string, method: string, bytes: Buffer): Promise<number> {
  const client = new Client(address, credentials.createInsecure())
  try {
    return await new Promise((resolve) => {
      client.makeUnaryRequest(method, asIs, asIs, bytes, deadline(), (error) => {
        resolve(error?.code ?? 0)
      })
    })
  } finally {
    client.close()
  }
}

export interface StreamEnd {
  /** Status code the stream ended with. */
  readonly code: number
  /** Bytes of the messages that came back. */
  readonly replies: readonly Buffer[]
}

/** Sends one message on a bidirectional stream and waits for its end. */
export async function sendStream(
  address: string,
  method: string,
  bytes: Buffer,
): Promise<StreamEnd> {
  const client = new Client(address, credentials.createInsecure())
  const replies: Buffer[] = []
  try {
    return await new Promise((resolve) => {
      const call = client.makeBidiStreamRequest(method, asIs, asIs, deadline())
      call.on('data', (reply: Buffer) => replies.push(reply))
      call.on('error', () => {})
      call.on('status', ({ code }: StatusObject) => resolve({ code, replies }))
      call.write(bytes)
      call.end()
    })
  } finally {
    client.close()
  }
}
