// Ranks possible parents as upstream's default evaluator does. Only + - * / on doubles, which
// IEEE 754 defines to the last bit, so every replica gets the same score.
import { compareUtf8 } from '../../base/index.ts'
import type { Candidate, Child } from './candidate.ts'

/** Bits per second that one piece transfer is expected to use. */
const pieceBandwidth = 16 * 1024 * 1024 * 8

/** Elements of a location that are compared. */
const locationElementsMax = 5

/** Score of a candidate for a child, from 0 (worst) to 1. */
export function scoreOf(candidate: Candidate, child: Child): number {
  const { host } = candidate
  return (
    0.6 * loadScore(candidate) +
    0.2 * idcScore(host.idc, child.idc) +
    0.1 * locationScore(host.location, child.location) +
    0.1 * hostTypeScore(candidate)
  )
}

/**
 * The best `limit` candidates, best first. Equal scores go to the host that serves fewer children
 * (hosts of API v1 announce no bandwidth, so their scores are equal all the time), then by id.
 */
export function rankCandidates(
  candidates: readonly Candidate[],
  child: Child,
  limit: number,
): readonly Candidate[] {
  const scored = candidates.map((candidate) => ({ candidate, score: scoreOf(candidate, child) }))
  scored.sort(
    (a, b) =>
      b.score - a.score ||
      a.candidate.host.concurrentUploadCount - b.candidate.host.concurrentUploadCount ||
      compareUtf8(a.candidate.peerId, b.candidate.peerId),
  )
  return scored.slice(0, limit).map((entry) => entry.candidate)
}

function loadScore({ host }: Candidate): number {
  const capacity = host.maxTxBandwidth
  if (capacity <= 0) return 0
  return (
    0.5 * peakScore(capacity, host.reservedTxBandwidth) +
    0.3 * durationScore(capacity, host.uploadContentLength) +
    0.2 * concurrencyScore(capacity, host.concurrentUploadPieceCount)
  )
}

/** How much of the bandwidth is not given away. */
function peakScore(capacity: number, reserved: number): number {
  return reserved >= capacity ? 0 : 1 - reserved / capacity
}

/** How far below a minute the host would be done with what it has promised. */
function durationScore(capacity: number, uploadContentLength: number): number {
  if (uploadContentLength <= 0) return 1
  const minutes = (uploadContentLength * 8) / capacity / 60
  return minutes >= 1 ? 0 : 1 - minutes
}

/** Whether the promised piece transfers fit the bandwidth. */
function concurrencyScore(capacity: number, pieceCount: number): number {
  const fitting = capacity / pieceBandwidth
  if (fitting <= 1) return 0
  if (pieceCount <= 0) return 1
  const ratio = pieceCount / fitting
  return ratio <= 1 ? 1 : 1 / ratio
}

function idcScore(a: string, b: string): number {
  if (a === '' || b === '') return 0
  return equalFolded(a, b) ? 1 : 0
}

/** Share of equal leading elements of two `|`-separated paths. */
function locationScore(a: string, b: string): number {
  if (a === '' || b === '') return 0
  if (equalFolded(a, b)) return 1
  const left = a.split('|')
  const right = b.split('|')
  let equal = 0
  while (
    equal < locationElementsMax &&
    equal < left.length &&
    equal < right.length &&
    equalFolded(left[equal]!, right[equal]!)
  ) {
    equal += 1
  }
  return equal / locationElementsMax
}

/** A seed that is still fetching is preferred; once done it leaves the work to others. */
function hostTypeScore({ host, state }: Candidate): number {
  if (host.type === 'normal') return 0.5
  return state === 'ReceivedNormal' || state === 'Running' ? 1 : 0
}

/** Equality that ignores ASCII case only: Unicode's case tables differ between versions of Node. */
function equalFolded(a: string, b: string): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i += 1) {
    if (folded(a.charCodeAt(i)) !== folded(b.charCodeAt(i))) return false
  }
  return true
}

function folded(unit: number): number {
  return unit >= 0x41 && unit <= 0x5a ? unit + 0x20 : unit
}
