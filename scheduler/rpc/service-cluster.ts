// damselfly.cluster.v1.Cluster: every handler has its own file, this one puts them together. What
// has no handler here answers UNIMPLEMENTED.
import { joinHandlers } from './join.ts'
import type { JoinHandlersDeps, JoinHandlersOptions } from './join.ts'
import { memberCommandHandlers } from './member-commands.ts'
import type { MemberCommandsDeps } from './member-commands.ts'
import { snapshotHandlers } from './snapshot.ts'
import type { SnapshotDeps } from './snapshot.ts'
import { statusHandlers } from './status.ts'
import type { StatusDeps, StatusOptions } from './status.ts'
import { viewHandlers } from './views.ts'
import type { ViewsDeps } from './views.ts'
import { watchHandlers } from './watch-handlers.ts'
import type { WatchHandlersDeps } from './watch-handlers.ts'

/** What the handlers need, all of them together. */
export type ClusterServiceDeps = StatusDeps &
  JoinHandlersDeps &
  MemberCommandsDeps &
  SnapshotDeps &
  ViewsDeps &
  WatchHandlersDeps

/** Who answers. */
export interface ClusterServiceOptions extends StatusOptions, JoinHandlersOptions {}

/** The handlers for `grpc.Server.addService`. */
export function clusterService(deps: ClusterServiceDeps, options: ClusterServiceOptions) {
  return {
    ...statusHandlers(deps, options),
    ...joinHandlers(deps, options),
    ...memberCommandHandlers(deps),
    ...snapshotHandlers(deps),
    ...viewHandlers(deps),
    ...watchHandlers(deps),
  }
}
