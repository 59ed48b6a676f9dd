import { logLevels, tlsSchema } from '../runtime/index.ts'
import type { Config, ConfigSchema } from '../runtime/index.ts'

/** Options of `damselfly manager`. */
export const managerSchema = {
  scheduler: {
    type: 'list',
    default: ['127.0.0.1:8002'],
    help: 'some schedulers, host:port or dns:///name:port each; the others are learnt',
  },
  ...tlsSchema,
  listenIp: { type: 'string', default: '0.0.0.0', help: 'address to listen on' },
  restPort: { type: 'integer', default: 8080, max: 65_535, help: 'REST and console; 0 = any' },
  grpcPort: { type: 'integer', default: 65_003, max: 65_535, help: 'gRPC; 0 = any' },
  publicRead: {
    type: 'boolean',
    default: false,
    help: 'let anyone read members and hosts although not bound to loopback',
  },
  logLevel: {
    type: 'string',
    default: 'info',
    choices: logLevels,
    help: 'least severe line shown',
  },
} as const satisfies ConfigSchema

export type ManagerConfig = Config<typeof managerSchema>
