import { expect, test } from 'vitest'
import { cpuMsIn } from './cpu.ts'

test('user and system time are summed, whatever the program is called', () => {
  const rest = 'S 1 2 3 0 -1 4194304 100 0 0 0 123 45 0 0 20 0 9 0 1000 4096 77'
  expect(cpuMsIn(`42 (etcd) ${rest}\n`)).toBe(1680)
  expect(cpuMsIn(`42 (a (b) c) 9) ${rest}\n`)).toBe(1680)
})
