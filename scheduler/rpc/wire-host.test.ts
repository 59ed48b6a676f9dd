import { expect, test } from 'vitest'
import { toHex } from '../../base/index.ts'
import { loadServices } from '../../proto/index.ts'
import type { schedulerV1, schedulerV2 } from '../../proto/index.ts'
import { announceHostV1Body, announceHostV2Body, isDialableHost } from './wire-host.ts'

const services = loadServices()

function received(
  request: schedulerV1.AnnounceHostRequest,
): schedulerV1.AnnounceHostRequest__Output {
  const { requestSerialize, requestDeserialize } = services.schedulerV1.service.AnnounceHost
  return requestDeserialize(requestSerialize(request))
}

const origin = { acceptedIndex: 7, isDialable: (ip: string) => ip === '10.0.0.1' }
const v1 = {
  id: 'h',
  type: 'super',
  hostname: 'x',
  ip: '10.0.0.1',
  port: 10_000,
  downloadPort: 20_000,
}

test('statistics are frozen: a byte of format and flags, then a common.v2.Host', () => {
  const body = announceHostV1Body(
    received({ ...v1, cpu: { logicalCount: 4 }, memory: { total: 1_000 } }),
    origin,
  )
  // The encoder writes numbers that are 0 where the message was decoded before.
  expect(toHex(body.stats)).toBe(
    '1162160804100019000000000000000021000000000000000' +
      '06a1b08e807100018002100000000000000002900000000000000003000',
  )
  expect(body).toMatchObject({ acceptedIndex: 7, type: 'super', announceIntervalMs: 0 })
})

test('the flag says whether the host may be called', () => {
  const here = announceHostV1Body(received(v1), origin)
  const elsewhere = announceHostV1Body(received({ ...v1, ip: '10.0.0.2' }), origin)
  expect([isDialableHost(here), isDialableHost(elsewhere)]).toEqual([true, false])
  expect(toHex(elsewhere.stats)).toBe('10')
})

test('type names of older clients are seeds', () => {
  for (const type of ['strong', 'weak']) {
    expect(announceHostV1Body(received({ ...v1, type }), origin).type).toBe('super')
  }
})

test('an interval becomes whole milliseconds, bandwidths are cut to what fits', () => {
  const { requestSerialize, requestDeserialize } = services.schedulerV2.service.AnnounceHost
  const request: schedulerV2.AnnounceHostRequest = {
    host: {
      ...v1,
      type: 0,
      network: { maxTxBandwidth: '18446744073709551615', txBandwidth: 5 },
    },
    interval: { seconds: 1, nanos: 500_999_999 },
  }
  const body = announceHostV2Body(requestDeserialize(requestSerialize(request)), origin)
  expect(body).toMatchObject({
    type: 'normal',
    announceIntervalMs: 1_500,
    maxTxBandwidth: Number.MAX_SAFE_INTEGER,
    txBandwidth: 5,
  })
})
