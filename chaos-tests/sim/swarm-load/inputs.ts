// What simulated dfdaemons say about themselves and about what they download.
import type { AnnounceHost, HostInput, TaskInput } from '../../../scheduler/replication/index.ts'

/** Pieces of every simulated task, and its length in bytes. */
export const pieceCount = 4
export const contentLength = 14_000_000

/** Tasks there are; the first one has no source: somebody has to import it. */
export const taskCount = 4

/** What one dfdaemon is like. */
export interface DfdaemonOptions {
  readonly number: number
  readonly api: 1 | 2
  readonly isSeed: boolean
  readonly intervalMs: number
  /** It says how often it announces itself: clients from before API v2 do not. */
  readonly tellsInterval: boolean
  readonly uploadSlots: number
}

export function hostIdOf(number: number): string {
  return `dfdaemon-${number}`
}

/** A dfdaemon as API v1's PeerHost tells of it. */
export function hostInputOf({ number }: DfdaemonOptions): HostInput {
  return {
    id: hostIdOf(number),
    ip: `10.2.0.${number}`,
    hostname: hostIdOf(number),
    port: 65_000,
    downloadPort: 65_002,
    proxyPort: 0,
    location: number % 2 === 0 ? 'east|rack-1' : 'west|rack-1',
    idc: number % 3 === 0 ? 'idc-1' : 'idc-2',
  }
}

/** An announcement through API v2, with its interval. */
export function announcementOf(options: DfdaemonOptions, acceptedIndex: number): AnnounceHost {
  return {
    ...hostInputOf(options),
    acceptedIndex,
    type: options.isSeed ? 'super' : 'normal',
    objectStoragePort: 0,
    os: 'linux',
    platform: 'debian',
    platformFamily: 'debian',
    platformVersion: '13',
    kernelVersion: '6.12',
    schedulerClusterId: 1,
    disableShared: false,
    maxTxBandwidth: 1_000_000_000,
    txBandwidth: 0,
    announceIntervalMs: options.tellsInterval ? options.intervalMs : 0,
    concurrentUploadLimit: options.uploadSlots,
    stats: new Uint8Array(0),
  }
}

export function taskIdOf(task: number): string {
  return `swarm-task-${task}`
}

export function taskInputOf(task: number): TaskInput {
  const isImported = task === 0
  return {
    id: taskIdOf(task),
    type: isImported ? 'persistent-cache' : 'standard',
    url: isImported ? 'd7y:/swarm' : `http://origin.test/swarm/${task}`,
    digest: '',
    tag: '',
    application: '',
    filteredQueryParams: [],
    headers: [],
    pieceLength: 4_194_304,
  }
}
