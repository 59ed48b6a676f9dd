// Health and reflection, as every gRPC server of ours serves them: anybody may ask, so what is kept
// for whoever asks is bounded. The packages that know these services see to that in neither:
// grpc-health-check keeps each name that was ever watched, megabytes long if its sender likes, and
// @grpc/reflection goes on answering a client that takes no answers.
import { status } from '@grpc/grpc-js'
import type {
  Server,
  ServerDuplexStream,
  ServerUnaryCall,
  ServerWritableStream,
  sendUnaryData,
  UntypedServiceImplementation,
} from '@grpc/grpc-js'
import { ReflectionService } from '@grpc/reflection'
import { service as healthDefinition } from 'grpc-health-check'
import type { ServingStatus } from 'grpc-health-check'
import { loadDescriptors } from '../proto/index.ts'

/** Watches of health that one server has open; further ones are RESOURCE_EXHAUSTED. */
export const healthWatchesMax = 16_384

interface Asked {
  readonly service: string
}

interface Answer {
  readonly status: ServingStatus | 'SERVICE_UNKNOWN'
}

type Watch = ServerWritableStream<Asked, Answer>

/** What is known of one service. */
interface Known {
  status: ServingStatus
  readonly watches: Set<Watch>
}

/** The health of a server's services. */
export class Health {
  readonly #services: ReadonlyMap<string, Known>
  readonly #watchesMax: number
  #watches = 0

  /** `names`: all services there are, '' for the server as a whole; none is serving yet. */
  constructor(names: readonly string[], options: { readonly watchesMax?: number } = {}) {
    this.#watchesMax = options.watchesMax ?? healthWatchesMax
    this.#services = new Map(
      names.map((name) => [name, { status: 'NOT_SERVING', watches: new Set() }]),
    )
  }

  /** Watches that are open. */
  get watches(): number {
    return this.#watches
  }

  /** Sets the status of all services, and tells those who watch. */
  setStatus(value: ServingStatus): void {
    for (const known of this.#services.values()) {
      if (known.status === value) continue
      known.status = value
      for (const watch of known.watches) watch.write({ status: value })
    }
  }

  addToServer(server: Pick<Server, 'addService'>): void {
    server.addService(healthDefinition, {
      check: (call: ServerUnaryCall<Asked, Answer>, done: sendUnaryData<Answer>) => {
        const known = this.#services.get(call.request.service)
        if (known === undefined) {
          done({ code: status.NOT_FOUND, details: 'there is no such service' })
        } else done(null, { status: known.status })
      },
      list: (_: unknown, done: sendUnaryData<{ statuses: Record<string, Answer> }>) => {
        const statuses = Array.from(this.#services, ([name, known]): [string, Answer] => [
          name,
          { status: known.status },
        ])
        done(null, { statuses: Object.fromEntries(statuses) })
      },
      watch: (call: Watch) => this.#watch(call),
    })
  }

  #watch(call: Watch): void {
    if (this.#watches >= this.#watchesMax) {
      const details = 'too many watches of health at this server'
      call.emit('error', { code: status.RESOURCE_EXHAUSTED, details })
      return
    }
    const known = this.#services.get(call.request.service)
    this.#watches += 1
    known?.watches.add(call)
    // Told after every end, whoever ended it.
    call.on('cancelled', () => {
      this.#watches -= 1
      known?.watches.delete(call)
    })
    // The rules of gRPC: a watch of a service that is not there is told so, and goes on.
    call.write({ status: known?.status ?? 'SERVICE_UNKNOWN' })
  }
}

type ReflectionStream = ServerDuplexStream<unknown, unknown>
type Serve = (stream: ReflectionStream) => void

type ProtoFiles = Parameters<typeof loadDescriptors>[0]

/** Serves the descriptors of .proto files; a client that takes no answers is read no further. */
export function addReflection(server: Pick<Server, 'addService'>, files: ProtoFiles): void {
  reflectionOf(files).addToServer({
    addService: (definition, handlers) => {
      server.addService(definition, paced(handlers))
    },
  })
}

function paced(handlers: UntypedServiceImplementation): UntypedServiceImplementation {
  const serve = handlers['ServerReflectionInfo'] as Serve
  return {
    ServerReflectionInfo: (stream: ReflectionStream) => {
      serve(stream)
      stream.on('data', () => {
        if (!stream.writableNeedDrain) return
        stream.pause()
        stream.once('drain', () => stream.resume())
      })
    },
  }
}

/** Indexing the descriptors takes a tenth of a second; servers of one process share the result. */
function reflectionOf(files: ProtoFiles): ReflectionService {
  const key = files.join('\n')
  const known = reflections.get(key)
  if (known !== undefined) return known
  const service = new ReflectionService(loadDescriptors(files))
  reflections.set(key, service)
  return service
}

const reflections = new Map<string, ReflectionService>()
