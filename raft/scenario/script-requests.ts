// The commands of a script that ask something of one replica: requests, ticks, reports.
import type { ConfigurationChange, MemberOperation } from '../core/configuration-change.ts'
import type { Verb } from './script-stage.ts'

const operationNames: readonly MemberOperation['op'][] = [
  'add-voter',
  'add-learner',
  'promote',
  'demote',
  'remove',
  'update',
]

const transitions: readonly ConfigurationChange['transition'][] = [
  'auto',
  'joint-implicit',
  'joint-explicit',
]

/** `change 1 auto add-voter 4 remove 1 seen 7`: `seen` names the configuration compared with. */
const change: Verb = (stage, words) => {
  const id = stage.id(words)
  const transition = words.choice('transition', transitions)
  const operations: MemberOperation[] = []
  while (!words.isAtEnd && words.ahead !== 'seen') {
    operations.push({ op: words.choice('operation', operationNames), id: words.number('member') })
  }
  const seen = words.takes('seen') ? { expectedId: words.number('configuration') } : {}
  stage.tellRefusal(stage.scenario.proposeChange(id, operations, { transition, ...seen }))
}

export const requestVerbs: Readonly<Record<string, Verb>> = {
  campaign: (stage, words) => stage.tellRefusal(stage.raft(words).campaign()),
  change,
  compact: (stage, words) => {
    const replica = stage.scenario.replica(stage.id(words))
    words.keyword('to')
    replica.compact(words.number('index'))
  },
  forget: (stage, words) => stage.tellRefusal(stage.raft(words).forgetLeader()),
  /** How the transfer of an image ended. */
  image: (stage, words) => {
    const raft = stage.raft(words)
    words.keyword('to')
    raft.reportSnapshot(words.number('member'), words.choice('end', ['sent', 'failed']))
  },
  leave: (stage, words) => stage.tellRefusal(stage.scenario.proposeChange(stage.id(words), [])),
  propose: (stage, words) => {
    stage.tellRefusal(stage.scenario.propose(stage.id(words), ...words.rest()))
  },
  read: (stage, words) => {
    const raft = stage.raft(words)
    words.keyword('id')
    stage.tellRefusal(raft.readIndex(words.number('read id')))
  },
  suspect: (stage, words) => {
    const raft = stage.raft(words)
    words.keyword('leader')
    raft.suspectLeader(words.number('leader'))
  },
  tick: (stage, words) => {
    const id = stage.id(words)
    if (words.takes('election')) stage.scenario.tickElection(id)
    else if (words.takes('heartbeat')) stage.scenario.tickHeartbeat(id)
    else stage.scenario.tick(id, words.number('ticks'))
  },
  transfer: (stage, words) => {
    const raft = stage.raft(words)
    words.keyword('to')
    stage.tellRefusal(raft.transferLeadership(words.number('target')))
  },
  unreachable: (stage, words) => {
    const raft = stage.raft(words)
    words.keyword('to')
    raft.reportUnreachable(words.number('member'))
  },
}
