// Mistakes about votes, terms and who may lead.
import { simulator, tests } from './mutation.ts'
import type { Mutation } from './mutation.ts'

const raft = 'raft/core/raft.ts'
const polling = 'raft/core/polling.ts'

export const electionMutations: readonly Mutation[] = [
  {
    id: 'own-vote-before-fsync',
    rule: 'R-1.2',
    what: 'a candidate counts its own vote before it is on disk',
    file: raft,
    find: '    // The own vote is counted when it is durable, in appended() (R-1.2).\n',
    replace: '    this.#countVote(this.id, true)\n',
    caughtBy: [
      tests('raft/scenario/storage.test.ts', 'raft/scenario/election.test.ts'),
      simulator(100),
    ],
  },
  {
    id: 'vote-not-remembered',
    rule: 'R-1.1, R-1.3',
    what: 'a replica may vote twice in a term',
    file: polling,
    find: '    if (granted && !isPreVote) this.#ballot.votedFor = request.from\n',
    replace: '',
    caughtBy: [tests('raft/scenario/paper.test.ts'), simulator(20)],
  },
  {
    id: 'reply-before-fsync',
    rule: 'R-1.1',
    what: 'votes and acknowledgements leave before what they speak of is on disk',
    file: 'raft/core/outgoing.ts',
    find:
      '    if (this.isWriteDue) pushReply(this.#replies, message)\n' +
      '    else if (!this.#writes.isEmpty) this.#writes.replyAfterLast(message)\n' +
      '    else pushReply(this.#messages, message)\n',
    replace: '    pushReply(this.#messages, message)\n',
    caughtBy: [tests('raft/scenario/storage.test.ts'), simulator(20)],
  },
  {
    id: 'vote-for-shorter-log',
    rule: 'paper 5.4.1',
    what: 'a vote is given to a candidate whose log is behind',
    file: polling,
    find: 'const granted = mayVote && this.#log.isUpToDate(request.lastIndex, request.lastTerm)',
    replace: 'const granted = mayVote',
    caughtBy: [tests('raft/scenario/paper.test.ts'), simulator(50)],
  },
  {
    id: 'pre-vote-for-shorter-log',
    rule: 'R-4.2, thesis 9.6',
    what: 'a pre-vote is given without a look at the log',
    file: polling,
    find: 'const granted = mayVote && this.#log.isUpToDate(request.lastIndex, request.lastTerm)',
    replace:
      'const granted = mayVote && (isPreVote || this.#log.isUpToDate(request.lastIndex, request.lastTerm))',
    caughtBy: [tests('raft/scenario/election.test.ts', 'raft/scenario/scripts.test.ts')],
  },
  {
    id: 'no-stickiness',
    rule: 'R-4.1, thesis 4.2.3',
    what: 'votes are given although a leader is alive',
    file: raft,
    find: "    if (isVote && !message.transfer && this.#isLeaderAlive()) return 'leader-alive'\n",
    replace: '',
    caughtBy: [tests('raft/scenario/scripts.test.ts', 'raft/scenario/named-election.test.ts')],
  },
  {
    id: 'no-check-quorum',
    rule: 'R-4.1',
    what: 'a leader that hears from nobody goes on leading',
    file: 'raft/core/leading.ts',
    find: '      if (this.#settings.checkQuorum && !leadership.hasActiveQuorum()) return false\n',
    replace: '',
    caughtBy: [tests('raft/scenario/election.test.ts')],
  },
  {
    id: 'learner-refuses-vote',
    rule: 'B13',
    what: 'a replica that believes it learns does not answer candidates',
    file: raft,
    find: '    if (this.#polling.answer(request, this.#leader)) {\n',
    replace:
      "    if (!isVoter(this.#configuration, this.id)) return refuse('unexpected')\n" +
      '    if (this.#polling.answer(request, this.#leader)) {\n',
    caughtBy: [tests('raft/scenario/scripts.test.ts')],
  },
  {
    id: 'joint-election-by-one-half',
    rule: 'R-9.3, paper 6',
    what: 'in a joint configuration the incoming half elects alone',
    file: 'raft/core/quorum.ts',
    find: 'const outgoing = majorityOutcome(configuration.votersOutgoing, votes)',
    replace: 'const outgoing = incoming',
    caughtBy: [tests('raft/core/quorum.test.ts'), simulator(100)],
  },
  {
    id: 'campaign-before-replay',
    rule: 'design 4.3, R-15.4',
    what: 'a replica campaigns before it has applied what was committed before its restart',
    file: raft,
    find: "    if (this.#log.applied < this.#bootCommit) return 'not-caught-up'\n",
    replace: '',
    caughtBy: [
      tests(
        'raft/scenario/named-raw-node.test.ts',
        'raft/scenario/election.test.ts',
        'raft/driver/raft-node.test.ts',
      ),
    ],
  },
  {
    id: 'suspected-leader-for-ever',
    rule: 'design 4.12',
    what: 'a message of the leader does not end the suspicion',
    file: raft,
    find: '    this.#lastLeader = leader\n    this.#electionElapsed = 0\n    this.#suspicion.clear()\n',
    replace: '    this.#lastLeader = leader\n    this.#electionElapsed = 0\n',
    caughtBy: [tests('raft/core/suspicion.test.ts', 'raft/scenario/scripts.test.ts')],
  },
]
