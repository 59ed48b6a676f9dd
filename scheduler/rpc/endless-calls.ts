// Calls that last longer than their client's deadline says: upstream's servers do not cut a stream
// that has been answered, and clients of API v2 count on it.
import { ServerInterceptingCall } from '@grpc/grpc-js'
import type { ServerInterceptor } from '@grpc/grpc-js'
import { ignoreDeadline } from './call-internals.ts'

/** Lets calls of these methods (`/package.Service/Method`) go on after their deadline. */
export function endlessCalls(paths: ReadonlySet<string>): ServerInterceptor {
  return (method, call) => {
    if (paths.has(method.path)) ignoreDeadline(call)
    return new ServerInterceptingCall(call)
  }
}
