// The handler of Cluster.Watch; what serves it lives as long as the client port.
import type { Watches } from './watch.ts'
import type { WatchCall } from './watch-stream.ts'

export interface WatchHandlersDeps {
  readonly watches: Pick<Watches, 'serve'>
}

/** The handler for `grpc.Server.addService`. */
export function watchHandlers({ watches }: WatchHandlersDeps) {
  return { Watch: (call: WatchCall): void => watches.serve(call) }
}
