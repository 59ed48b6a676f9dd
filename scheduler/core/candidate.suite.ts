// A possible parent and its child, for tests that change one thing of them.
import type { Candidate, CandidateHost, Child } from './index.ts'

/** A live host with both of its slots free. */
export const host: CandidateHost = {
  id: 'host-p',
  type: 'normal',
  isLive: true,
  disableShared: false,
  idc: '',
  location: '',
  maxTxBandwidth: 0,
  reservedTxBandwidth: 0,
  uploadContentLength: 0,
  concurrentUploadPieceCount: 0,
  concurrentUploadCount: 0,
  concurrentUploadLimit: 2,
}

/** Has everything, and nothing speaks against it. */
export const candidate: Candidate = {
  peerId: 'p',
  state: 'Succeeded',
  inDegree: 0,
  costsMs: [],
  host,
}

/** Asks on another host. */
export const child: Child = {
  peerId: 'c',
  hostId: 'host-c',
  idc: '',
  location: '',
  blockedParents: [],
  descendants: new Set(),
}
