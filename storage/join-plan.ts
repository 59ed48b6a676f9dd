// What a member without a usable instance does next: create a cluster together with the others it
// was told of, ask a cluster that is there for admission, wait, or refuse. docs/boot.md has the
// table, and a test compares the two row by row. Pure; the caller probes, persists and repeats.
import { planBootstrap } from './bootstrap.ts'
import type { BootstrapDecision, BootstrapMarker, ProbeAnswer } from './bootstrap.ts'
import type { StorageRefusedCode } from './errors.ts'

/** What is known when the seeds have been asked. */
export interface JoinFindings {
  /** Of an initial member that may still create the cluster; undefined for any other. */
  readonly marker: BootstrapMarker | undefined
  /**
   * The only cluster it may be admitted to: of a join that was begun, or of the directory in
   * quarantine. '' = whichever cluster answers.
   */
  readonly pinnedClusterId: string
  /** A join was begun and `join.json` is there. */
  readonly isJoining: boolean
  /** Data of an instance are in quarantine here: then it never helps to create a cluster. */
  readonly hasQuarantine: boolean
  /** Other initial members by its flags, whatever it may still do. */
  readonly initialAddresses: readonly string[]
  /** It has something to prove itself with: a token, the cluster key or a certificate. */
  readonly hasCredentials: boolean
  /** One item per seed: undefined for one that did not answer. */
  readonly answers: ReadonlyMap<string, ProbeAnswer | undefined>
}

/** What to do next. */
export type JoinPlan =
  /** As `planBootstrap` says. */
  | Exclude<BootstrapDecision, { readonly action: 'join' }>
  /** Ask the members of this cluster for admission. */
  | { readonly action: 'join'; readonly clusterId: string }
  /** No cluster is there any more, and all initial members know that: begin anew, as fresh. */
  | { readonly action: 'forget-join' }
  /** No member of the cluster answers. */
  | { readonly action: 'wait'; readonly reason: 'no-member'; readonly addresses: readonly string[] }

/** The next step; `join`, `forget-join`, `plan` and `create` are made durable by the caller. */
export function planJoin(findings: JoinFindings): JoinPlan {
  const { marker, answers, pinnedClusterId } = findings
  const foreign = findForeign(answers, pinnedClusterId)
  if (foreign !== undefined) return foreign
  if (marker !== undefined && pinnedClusterId === '' && !findings.hasQuarantine) {
    const decision = planBootstrap(marker, othersOf(marker, answers))
    if (decision.action === 'refuse') return decision
    if (decision.action === 'join') return admission(findings, decision.clusterId, decision.address)
    const silent = silentAmong(answers)
    // A seed that was named may be all that answers of a cluster that is there.
    if (decision.action === 'plan' && silent.length > 0) {
      return { action: 'wait', reason: 'unreachable', addresses: silent }
    }
    if (decision.action !== 'wait') return decision
    // Not even the initial members need to be there: any seed will do.
    return admissionBySeeds(findings) ?? decision
  }
  const admitted = admissionBySeeds(findings)
  if (admitted !== undefined) return admitted
  if (mayForget(findings)) return { action: 'forget-join' }
  return { action: 'wait', reason: 'no-member', addresses: [...answers.keys()] }
}

/** Seeds in another cluster than the pinned one, or in two. */
function findForeign(
  answers: JoinFindings['answers'],
  pinnedClusterId: string,
): JoinPlan | undefined {
  let known = pinnedClusterId
  for (const [address, answer] of answers) {
    if (answer?.state !== 'member') continue
    if (known !== '' && answer.clusterId !== known) {
      const isPinned = pinnedClusterId !== ''
      const code = isPinned ? 'STORE_WRONG_CLUSTER' : 'STORE_MEMBERS_MISMATCH'
      const here = isPinned ? 'this data directory belongs to' : 'another seed is in'
      return refuse(code, address, `it is in cluster ${answer.clusterId}, ${here} ${known}`)
    }
    known = answer.clusterId
  }
  return undefined
}

function admissionBySeeds(findings: JoinFindings): JoinPlan | undefined {
  for (const [address, answer] of findings.answers) {
    if (answer?.state === 'member') return admission(findings, answer.clusterId, address)
  }
  return undefined
}

function admission(findings: JoinFindings, clusterId: string, address: string): JoinPlan {
  if (findings.hasCredentials) return { action: 'join', clusterId }
  const message =
    `it is in cluster ${clusterId}, which does not know this data directory; to be admitted this ` +
    'member needs --cluster-key-file, a certificate or a --join-token'
  return refuse('STORE_WIPED_MEMBER', address, message)
}

function silentAmong(answers: JoinFindings['answers']): readonly string[] {
  return [...answers].flatMap(([address, answer]) => (answer === undefined ? [address] : []))
}

/**
 * The cluster that it asked is gone when every initial member and every other seed has answered and
 * none is a member of anything (J17). With data in quarantine, perhaps the last ones, that is for
 * an operator to say.
 */
function mayForget(findings: JoinFindings): boolean {
  const { isJoining, hasQuarantine, initialAddresses, answers } = findings
  if (!isJoining || hasQuarantine || initialAddresses.length === 0) return false
  if (silentAmong(answers).length > 0) return false
  return initialAddresses.every((address) => {
    const answer = answers.get(address)
    return answer !== undefined && answer.state !== 'member'
  })
}

function othersOf(
  { addresses, raftAddress }: BootstrapMarker,
  answers: JoinFindings['answers'],
): ReadonlyMap<string, ProbeAnswer | undefined> {
  const others = addresses.filter((address) => address !== raftAddress)
  return new Map(others.map((address) => [address, answers.get(address)]))
}

function refuse(code: StorageRefusedCode, address: string, message: string): JoinPlan {
  return { action: 'refuse', code, address, message }
}
