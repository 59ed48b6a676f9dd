// The scheduler's client port: gRPC adapters over the replicated core.
export { FieldError } from './fields.ts'
export type {
  Alarm,
  CommandAnswer,
  CommandPort,
  CommandRefusal,
  GroupPort,
  LeadershipSnapshot,
  MemberInfo,
  MembersPort,
  OwnFacts,
  RaftPort,
  StatePort,
} from './ports.ts'
export { createSchedulerServer } from './server.ts'
export type {
  SchedulerServer,
  SchedulerServerDeps,
  SchedulerServerOptions,
  SchedulerServerStatus,
} from './server.ts'
