// A wire to one member that can be cut: the far side sees what it sees when a machine dies. It can
// also be held: then nothing the member says arrives.
import { connect, createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'

export class Relay {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  /** Ends at the member, with the other ends. */
  readonly #pairs = new Map<Socket, Socket>()

  private constructor(server: Server) {
    this.#server = server
  }

  static async to(address: string): Promise<Relay> {
    const [host, port] = address.split(':')
    const server = createServer()
    const relay = new Relay(server)
    server.on('connection', (near) => {
      const far = connect(Number(port), host!)
      for (const socket of [near, far]) {
        relay.#sockets.add(socket)
        socket.on('error', () => undefined)
        socket.on('close', () => {
          near.destroy()
          far.destroy()
          relay.#sockets.delete(socket)
          relay.#pairs.delete(far)
        })
      }
      near.pipe(far)
      far.pipe(near)
      relay.#pairs.set(far, near)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return relay
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Lets nothing more of the member through, as a client that does not read. */
  hold(): void {
    for (const [far, near] of this.#pairs) {
      far.unpipe(near)
      far.pause()
    }
  }

  release(): void {
    for (const [far, near] of this.#pairs) far.pipe(near)
  }

  /** Resets every connection and takes no more. */
  cut(): void {
    this.#server.close()
    for (const socket of this.#sockets) socket.resetAndDestroy()
  }
}
