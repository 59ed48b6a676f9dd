import type { ConfigSchema } from './config.ts'

/** Options of every command that connects to schedulers. */
export const tlsSchema = {
  tlsCertFile: {
    type: 'string',
    default: '',
    help: 'certificate to show to schedulers, PEM; empty: none',
  },
  tlsKeyFile: { type: 'string', default: '', help: 'key of that certificate, PEM' },
  tlsCaFile: {
    type: 'string',
    default: '',
    help: 'authority that signs the schedulers, PEM; empty: no TLS',
  },
} as const satisfies ConfigSchema
