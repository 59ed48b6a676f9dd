// announce-host: a host is alive and looks like this. Unmodified clients announce at every member,
// so equal announces of one second are one; clients that leave and come back may have an old
// announce on its way, which is dropped.
import { equalBytes } from '../../../base/index.ts'
import {
  announceIntervalMsMax,
  announceMergeMs,
  concurrentUploadLimitMax,
  hostStatsBytesMax,
  hostTypes,
} from '../../core/index.ts'
import { defineCommand } from '../command.ts'
import { readName, readPort, readWord, wordNumber } from '../rows/fields.ts'
import { hostsTable, noHostCounters } from '../rows/host.ts'
import { runWork } from './agenda.ts'
import { hostInputWire, readHostInput } from './body.ts'
import { defaultUploadLimit } from './hosts.ts'
import { Work } from './work.ts'
import type { HostAnnounced, HostRow } from '../rows/host.ts'
import type { FieldReader } from '../wire.ts'
import type { AnnounceHost, AnnounceHostResult } from './types.ts'

/** See `AnnounceHost`. */
export const announceHost = defineCommand({
  kind: 100,
  kindVersion: 1,
  name: 'announce-host',
  encode: (body: AnnounceHost) => [
    body.acceptedIndex,
    ...hostInputWire(body),
    wordNumber(hostTypes, body.type),
    body.objectStoragePort,
    body.os,
    body.platform,
    body.platformFamily,
    body.platformVersion,
    body.kernelVersion,
    body.schedulerClusterId,
    body.disableShared,
    body.maxTxBandwidth,
    body.txBandwidth,
    body.announceIntervalMs,
    body.concurrentUploadLimit,
    body.stats,
  ],
  decode,
  apply: (tx, body, context): AnnounceHostResult => {
    const work = new Work(tx, context)
    return runWork(work, () => ({ ok: true, outcome: announce(work, body) }))
  },
})

function decode(fields: FieldReader): AnnounceHost {
  return {
    acceptedIndex: fields.integer(),
    ...readHostInput(fields),
    type: readWord(fields, hostTypes),
    objectStoragePort: readPort(fields),
    os: readName(fields),
    platform: readName(fields),
    platformFamily: readName(fields),
    platformVersion: readName(fields),
    kernelVersion: readName(fields),
    schedulerClusterId: fields.integer(),
    disableShared: fields.boolean(),
    maxTxBandwidth: fields.integer(),
    txBandwidth: fields.integer(),
    announceIntervalMs: fields.integer(0, announceIntervalMsMax),
    concurrentUploadLimit: fields.integer(0, concurrentUploadLimitMax),
    stats: fields.bytes(hostStatsBytesMax),
  }
}

function announce(work: Work, body: AnnounceHost): AnnounceHostResult['outcome'] {
  const known = work.tx.get(hostsTable, body.id)
  if (known !== undefined && known.leftIndex > body.acceptedIndex) return 'dropped'
  const announced = announcedOf(work, body, known)
  if (
    known?.state === 'live' &&
    work.stampMs - known.announcedMs < announceMergeMs &&
    isSame(known, announced)
  ) {
    return 'merged'
  }
  work.tx.put(hostsTable, {
    ...noHostCounters,
    leftIndex: 0,
    leftMs: 0,
    createdMs: work.stampMs,
    ...known,
    ...announced,
    id: body.id,
    state: 'live',
    announcedMs: work.stampMs,
    aliveMs: work.stampMs,
  })
  if (known !== undefined && servesMore(known, announced)) work.hostsToServe.add(body.id)
  return 'stored'
}

function servesMore(known: HostRow, announced: HostAnnounced): boolean {
  return (
    known.concurrentUploadLimit < announced.concurrentUploadLimit ||
    known.type !== announced.type ||
    (known.disableShared && !announced.disableShared)
  )
}

/** An announce of API v1 has no interval: it must not erase what API v2 told. */
function announcedOf(work: Work, body: AnnounceHost, known: HostRow | undefined): HostAnnounced {
  const { acceptedIndex: _acceptedIndex, id: _id, ...announced } = body
  const keptIntervalMs = known?.announceIntervalMs ?? 0
  return {
    ...announced,
    announceIntervalMs: body.announceIntervalMs > 0 ? body.announceIntervalMs : keptIntervalMs,
    concurrentUploadLimit:
      body.concurrentUploadLimit > 0
        ? body.concurrentUploadLimit
        : defaultUploadLimit(work, body.type),
  }
}

function isSame(known: HostRow, announced: HostAnnounced): boolean {
  for (const key of Object.keys(announced) as (keyof HostAnnounced)[]) {
    if (key !== 'stats' && known[key] !== announced[key]) return false
  }
  return equalBytes(known.stats, announced.stats)
}
