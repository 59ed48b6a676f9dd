// For tests of the operator's commands: a cluster that answers from memory, and a terminal of text.
import type { ClusterClient } from '../client/index.ts'
import type { clusterV1 } from '../proto/index.ts'
import type { Terminal } from './cluster-connection.ts'

/** A member in a view. */
export function node(
  id: number,
  change: Partial<clusterV1.Node__Output> = {},
): clusterV1.Node__Output {
  return {
    id,
    hostId: `s${id}`,
    addr: `127.0.0.1:${7000 + id}`,
    raftAddr: `127.0.0.1:${8000 + id}`,
    role: 'voter',
    state: 'online',
    ...change,
  }
}

/** Three voters lose one. */
export const removalPlan: clusterV1.Plan__Output = {
  steps: ['Take s3 out; its host stays out until a new join token names it.'],
  warnings: ['2 voters tolerate the same as 1.'],
  before: { voters: 3, quorum: 2, active: 3, canLose: 1 },
  after: { voters: 2, quorum: 2, active: 2, canLose: 0 },
}

/** Answers every command with `plan`, and notes what was asked. */
export function fakeCluster(
  nodes: readonly clusterV1.Node__Output[],
  plan: clusterV1.Plan__Output = removalPlan,
) {
  const asked: clusterV1.ChangeMemberRequest[] = []
  const client: Pick<ClusterClient, 'changeMember' | 'createJoinToken' | 'nodes'> = {
    nodes: async () => ({ index: 20, configurationId: 4, nodes: [...nodes] }),
    async changeMember(request) {
      asked.push(request)
      return { index: request.dryRun === true ? 0 : 21, plan }
    },
    async createJoinToken(request) {
      const made = { token: `dfj1.${'ab'.repeat(8)}.${'cd'.repeat(16)}`, tokenId: 'ab'.repeat(8) }
      const isDry = request.dryRun === true
      const shown = isDry ? { token: '', tokenId: '' } : made
      return { ...shown, expiresWallMs: isDry ? 0 : 86_400_000, plan: { ...plan, before: null } }
    },
  }
  return { client, asked }
}

/** A terminal at which `answer` is typed; undefined = nobody is there. */
export function fakeTerminal(answer?: string) {
  const out: string[] = []
  const questions: string[] = []
  const terminal: Terminal = {
    async write(text) {
      out.push(text)
    },
    async ask(question) {
      questions.push(question)
      return answer
    },
  }
  return { terminal, questions, text: () => out.join('') }
}
