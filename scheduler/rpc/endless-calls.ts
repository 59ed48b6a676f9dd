// Calls that last longer than their client's deadline says: upstream's servers do not cut a stream
// that has been answered, and clients of API v2 count on it.
import type { ServerInterceptor } from '@grpc/grpc-js'
import { ignoreDeadline } from './call-internals.ts'

/**
 * As `next`, but calls of these methods (`/package.Service/Method`) go on after their deadline. Not
 * an interceptor of its own: each one costs every call of the port.
 */
export function withEndlessCalls(
  paths: ReadonlySet<string>,
  next: ServerInterceptor,
): ServerInterceptor {
  return (method, call) => {
    if (paths.has(method.path)) ignoreDeadline(call)
    return next(method, call)
  }
}
