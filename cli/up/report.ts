// What `up` says once everything serves: a line for programs, or a page for people.
import type { ClusterOverview } from '../../client/index.ts'
import type { ClusterPlan } from './layout.ts'

/** The one line of `--json`; ids are decimal strings, `peers` includes seed peers. */
export function upLine(
  plan: ClusterPlan,
  pids: ReadonlyMap<string, number>,
  overview: ClusterOverview,
): string {
  const pid = (name: string): number => pids.get(name) ?? 0
  return JSON.stringify({
    clusterId: overview.clusterId,
    operatorTokenFile: plan.secrets.operatorToken,
    schedulers: plan.schedulers.map(({ name, addr, raftAddr, metricsUrl, dataDir, argv }) => ({
      id: String(overview.members.find((member) => member.addr === addr)?.id ?? 0),
      pid: pid(name),
      addr,
      raftAddr,
      metricsUrl,
      dataDir,
      argv,
    })),
    manager: {
      pid: pid(plan.manager.name),
      restUrl: plan.manager.restUrl,
      grpcAddr: plan.manager.grpcAddr,
      argv: plan.manager.argv,
    },
    peers: plan.peers.map(({ name, isSeed, socket, addr, uploadAddr, dataDir, argv }) => ({
      name,
      pid: pid(name),
      seed: isSeed,
      socket,
      addr,
      uploadAddr,
      dataDir,
      argv,
    })),
  })
}

/** What to try next. */
export function greeting(plan: ClusterPlan, dataDir: string): string {
  const addresses = plan.schedulers.map(({ addr }) => addr).join(',')
  const [first, second] = plan.peers.filter(({ isSeed }) => !isSeed)
  const lines = [
    'A cluster is running:',
    `  schedulers  ${addresses}`,
    `  console     ${plan.manager.restUrl}`,
    ...plan.peers.map(({ name, socket }) => `  ${name.padEnd(11)} ${socket}`),
    `  data        ${dataDir}`,
    `  operator    --token-file ${plan.secrets.operatorToken}`,
    '',
    'Try, in another terminal:',
    `  npx damselfly status --schedulers ${addresses}`,
  ]
  if (first !== undefined && second !== undefined) {
    lines.push(
      `  npx dfcache import --cid hello --input README.md --daemon-sock ${first.socket}`,
      `  npx dfcache export --cid hello --output /tmp/hello --daemon-sock ${second.socket}`,
      `  npx dfget https://example.com/ -O /tmp/page.html --daemon-sock ${second.socket}`,
    )
  }
  return `${[...lines, '', 'Ctrl-C stops everything; the data stays.', ''].join('\n')}\n`
}
