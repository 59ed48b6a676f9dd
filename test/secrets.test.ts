// No secret has a default, in any command. (GHSA-hpc8-7wpm-889w: a signing key that everybody had.)
import { expect, it } from 'vitest'
import { operatorSchema } from '../client/index.ts'
import { managerSchema } from '../manager/config.ts'
import { dfdaemonSchema } from '../peer/config.ts'
import { schedulerSchema } from '../scheduler/config.ts'

const schemas = { schedulerSchema, managerSchema, operatorSchema, dfdaemonSchema }
const isSecret = (option: string): boolean =>
  /token|key|secret|password|credential|cert|ca(file)?$/i.test(option)

it.each(Object.entries(schemas))('%s has no secret to begin with', (_, schema) => {
  const found = Object.entries(schema as Readonly<Record<string, object>>)
    .filter(([name]) => isSecret(name))
    .map(([name, option]) => [name, 'default' in option ? option.default : ''])
  expect(found.length).toBeGreaterThanOrEqual(3)
  expect(found.filter(([, value]) => value !== '' && value !== false)).toEqual([])
})
