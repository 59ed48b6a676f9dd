// One attempt to reach a port, apart from gRPC: only the kernel's own answer tells a process that
// is gone (refused at once) from a network that is silent.
import { connect } from 'node:net'
import { redialMs } from './grpc-raft-transport-limits.ts'

/** `refused`: the host is there and nobody listens. `unknown`: anything else but a connection. */
export type DialOutcome = 'accepted' | 'refused' | 'unknown'

/** Dials `address` (host:port) once and hangs up; never rejects. */
export function dial(address: string): Promise<DialOutcome> {
  const target = parse(address)
  if (target === undefined) return Promise.resolve('unknown')
  return new Promise((resolve) => {
    const socket = connect({ ...target, timeout: redialMs })
    const end = (outcome: DialOutcome): void => {
      socket.destroy()
      resolve(outcome)
    }
    socket.unref()
    socket.on('connect', () => end('accepted'))
    socket.on('timeout', () => end('unknown'))
    socket.on('error', (error: NodeJS.ErrnoException) =>
      end(error.code === 'ECONNREFUSED' ? 'refused' : 'unknown'),
    )
  })
}

function parse(address: string): { readonly host: string; readonly port: number } | undefined {
  const at = address.lastIndexOf(':')
  const host = address.slice(0, Math.max(at, 0)).replace(/^\[(.*)\]$/, '$1')
  const port = Number(address.slice(at + 1))
  const isPort = Number.isInteger(port) && port >= 1 && port <= 65_535
  return host !== '' && isPort ? { host, port } : undefined
}
