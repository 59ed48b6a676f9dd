// `damselfly status`: one verdict with reasons and one picture of the group, for people or
// programs; exit code 0 only when a leader answered and a majority with it.
import { verdictOf } from '../client/index.ts'
import type {
  ClientSecurityOptions,
  ClusterOverview,
  MemberOverview,
  Verdict,
} from '../client/index.ts'
import { runCommand } from '../runtime/index.ts'
import { connectionSchema, ownTerminal, withCluster } from './cluster-connection.ts'
import { ageText, figure, sizeText, textFields, textTable } from './text-table.ts'

const { timeout, ...schema } = connectionSchema

const usage = `usage: damselfly status --schedulers ADDR[,ADDR] [--token-file FILE] [--json]

Says how the cluster is, in one word with reasons, and shows its members; hidden ones to operators.
Ends with 0 when the cluster serves, else with 1.`

export async function main(argv: readonly string[]): Promise<void> {
  await runCommand(
    {
      name: 'damselfly status',
      usage,
      schema,
      envPrefix: 'DAMSELFLY_STATUS',
      run: async ({ config }) => {
        const overview = await readOverview(config.schedulers, config)
        await ownTerminal.write(statusText(overview, config.json, config.schedulers))
        return overview.isServing ? 0 : 1
      },
    },
    argv,
  )
}

const noSecurity: ClientSecurityOptions = { tlsCaFile: '', tlsCertFile: '', tlsKeyFile: '' }

/** Asks every address, each at most `statusDeadlineMs`. */
export function readOverview(
  schedulers: readonly string[],
  { tlsCaFile, tlsCertFile, tlsKeyFile, tokenFile = '' }: ClientSecurityOptions = noSecurity,
): Promise<ClusterOverview> {
  const security = { tlsCaFile, tlsCertFile, tlsKeyFile, tokenFile }
  // Every member is asked once.
  const config = { ...security, schedulers, timeout: timeout.default }
  return withCluster(config, (client) => client.overview())
}

/** What the command prints; `asked` are the addresses, which matter when nobody answered. */
export function statusText(
  overview: ClusterOverview,
  isJson: boolean,
  asked: readonly string[] = [],
): string {
  if (isJson) return `${JSON.stringify(statusShape(overview))}\n`
  const verdict = verdictOf(overview)
  const head = [verdictText(verdict, overview), fieldsOf(overview)]
  if (overview.members.length === 0) return `${head[0]}  asked: ${asked.join(', ')}\n`
  return `${head.join('\n')}\n${membersTable(overview)}`
}

/** The documented JSON; ids are decimal strings, what nobody knows is null. */
export function statusShape(overview: ClusterOverview): Readonly<Record<string, unknown>> {
  const { verdict, reasons, notes } = verdictOf(overview)
  const { pendingChangeIndex, isJoint, transferTarget } = overview
  const isChanging = pendingChangeIndex > 0 || isJoint
  return {
    clusterId: overview.clusterId === '' ? null : overview.clusterId,
    leaderId: idOrNull(overview.leaderId),
    term: overview.term,
    verdict,
    reasons,
    notes,
    commit: overview.commit,
    configurationId: overview.configurationId,
    quorum: overview.quorum ?? null,
    pendingChange: isChanging ? { index: pendingChangeIndex, joint: isJoint } : null,
    transferTarget: idOrNull(transferTarget),
    features: overview.features,
    alarms: overview.alarms.map((alarm) => ({ ...alarm, memberId: String(alarm.memberId) })),
    members: overview.members.map(memberShape),
    membersNotShown: overview.notShown.members,
  }
}

function memberShape(member: MemberOverview): Readonly<Record<string, unknown>> {
  return {
    id: String(member.id),
    hostId: member.hostId,
    addr: member.addr,
    raftAddr: member.raftAddr,
    incarnation: member.incarnation === '' ? null : member.incarnation,
    pid: member.pid ?? null,
    role: member.role,
    state: member.state,
    term: member.term ?? null,
    commit: member.commit ?? null,
    applied: member.applied ?? null,
    lag: member.lagEntries ?? null,
    lastContactMs: member.lastContactMs ?? null,
    version: member.version === '' ? null : member.version,
    disk: member.disk ?? null,
    loadedPercent: member.loadedPercent ?? null,
    features: member.features,
    reachable: member.isReachable,
  }
}

function idOrNull(id: number): string | null {
  return id === 0 ? null : String(id)
}

function verdictText(
  { verdict, reasons, notes }: Verdict,
  { leaderId, term, members }: ClusterOverview,
): string {
  const leader = members.find(({ id }) => id === leaderId)
  const name = leader?.hostId ?? 'a member that is not shown'
  const who = leaderId === 0 ? 'no leader' : `${name} leads in term ${term}`
  const lines = [`${verdict}: ${who}`, ...reasons.map((each) => `  - ${each}`)]
  for (const note of notes) lines.push(`  note: ${note}`)
  return `${lines.join('\n')}\n`
}

function fieldsOf(overview: ClusterOverview): string {
  const { quorum, features } = overview
  return textFields([
    ['cluster', overview.clusterId],
    ['commit', String(overview.commit)],
    ['quorum', quorum === undefined ? 'unknown without a leader' : quorumText(quorum)],
    ['pending change', pendingText(overview)],
    ['features', features.length === 0 ? 'none' : features.join(', ')],
  ])
}

function quorumText({
  quorum,
  voters,
  active,
  canLose,
}: NonNullable<ClusterOverview['quorum']>): string {
  return `${quorum} of ${voters}, ${active} active, can lose ${canLose} more`
}

function pendingText({ pendingChangeIndex, isJoint }: ClusterOverview): string {
  if (isJoint) return 'half done, two configurations have to agree'
  return pendingChangeIndex === 0 ? 'none' : `entry ${pendingChangeIndex}`
}

const columns = [
  'ID',
  'NAME',
  'ADDRESS',
  'ROLE',
  'STATE',
  'TERM',
  'COMMIT',
  'APPLIED',
  'LAG',
  'CONTACT',
  'VERSION',
  'DISK',
  'REACHABLE',
] as const

function membersTable({ members }: ClusterOverview): string {
  const rows = members.map((member) => [
    String(member.id),
    member.hostId,
    member.addr,
    member.role,
    member.loadedPercent === undefined
      ? member.state
      : `${member.state} ${Math.floor(member.loadedPercent)}%`,
    figure(member.term),
    figure(member.commit),
    figure(member.applied),
    figure(member.lagEntries),
    ageText(member.lastContactMs),
    member.version === '' ? '-' : member.version,
    diskText(member.disk),
    member.isReachable ? 'yes' : 'no',
  ])
  return textTable(columns, rows)
}

function diskText(disk: MemberOverview['disk']): string {
  if (disk === undefined) return '-'
  return `${sizeText(disk.dataBytes)}, ${sizeText(disk.freeBytes)} free`
}
