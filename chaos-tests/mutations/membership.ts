// Mistakes about changing members and taking over whole states.
import { simulator, tests } from './mutation.ts'
import type { Mutation } from './mutation.ts'

const raft = 'raft/core/raft.ts'
const leading = 'raft/core/leading.ts'
const admission = 'raft/core/change-admission.ts'

export const membershipMutations: readonly Mutation[] = [
  {
    id: 'two-changes-at-once',
    rule: 'R-11.2',
    what: 'a second change enters the log before the first one is applied',
    file: admission,
    find: "  if (leadership.pendingChangeIndex > log.applied) return 'change-in-progress'\n",
    replace: '',
    caughtBy: [
      tests('raft/scenario/change-guards.test.ts', 'raft/scenario/named-membership.test.ts'),
      simulator(200),
    ],
  },
  {
    id: 'change-before-first-commit',
    rule: 'R-11.3, B01',
    what: 'a leader changes the members before it has committed in its term',
    file: admission,
    find: "  if (log.termAt(log.commit) !== leadership.term) return 'not-ready'\n",
    replace: '',
    caughtBy: [
      tests('raft/scenario/scripts.test.ts', 'raft/scenario/change-guards.test.ts'),
      simulator(200),
    ],
  },
  {
    id: 'campaign-with-pending-change',
    rule: 'R-11.1, design 4.3',
    what: 'a replica campaigns by a configuration that it knows to be replaced',
    file: raft,
    find: "    return this.#log.hasPendingChange ? 'pending-change' : undefined\n",
    replace: '    return undefined\n',
    caughtBy: [tests('raft/scenario/named-membership.test.ts'), simulator(600)],
  },
  {
    id: 'change-not-known-committed-on-disk',
    rule: 'design 4.3',
    what: 'that a change is committed is lost with the power',
    file: raft,
    find: '    this.#outgoing.oweCommit(Math.min(configuration.id, this.#log.commit))\n',
    replace: '',
    caughtBy: [tests('raft/scenario/scripts.test.ts')],
  },
  {
    id: 'leave-joint-twice',
    rule: 'B14, B21',
    what: 'a leader leaves a joint configuration again while it is leaving it',
    file: leading,
    find: 'if (this.pendingChangeIndex !== 0 || !this.#hasOwnCommit()) return',
    replace: 'if (!this.#hasOwnCommit()) return',
    caughtBy: [
      tests('raft/scenario/joint-phases.test.ts', 'raft/scenario/scripts.test.ts'),
      simulator(200),
    ],
  },
  {
    id: 'removed-senders-heard',
    rule: 'R-11.9',
    what: 'what a removed replica says has an effect',
    file: raft,
    find: '    if (this.#isFromRemoved(message)) return this.#tellRemoved(message)\n',
    replace: '',
    caughtBy: [tests('raft/core/removal.test.ts', 'raft/core/membership.test.ts')],
  },
  {
    id: 'removed-leader-stays',
    rule: 'R-11.8',
    what: 'a leader that was removed leads on when nobody takes over',
    file: leading,
    find: '    if (leadership.isDepartureOver) return false\n',
    replace: '',
    caughtBy: [tests('raft/core/membership.test.ts', 'raft/scenario/named-membership.test.ts')],
  },
  {
    id: 'promote-whoever',
    rule: 'R-12.1',
    what: 'a learner that is behind or absent is made a voter',
    file: admission,
    find: '    if (!isNear || !leadership.isActive(id) || leadership.lacksState(id)) return',
    replace: '    if (!isNear && !leadership.isActive(id) && leadership.lacksState(id)) return',
    caughtBy: [tests('raft/core/membership.test.ts', 'raft/scenario/change-guards.test.ts')],
  },
  {
    id: 'no-quorum-rail',
    rule: 'R-11.6',
    what: 'a change is let in that leaves no active majority',
    file: admission,
    find: "    if (wouldLoseQuorum(configuration, change, isActive)) return 'would-lose-quorum'\n",
    replace: '',
    caughtBy: [tests('raft/core/membership.test.ts', 'raft/scenario/change-guards.test.ts')],
  },
  {
    id: 'ids-used-again',
    rule: 'R-11.5',
    what: 'the id of a removed replica is given out again',
    file: 'raft/core/configuration-change.ts',
    find: "    return id <= configuration.highestId ? 'removed-id' : undefined\n",
    replace: '    return undefined\n',
    caughtBy: [tests('raft/core/configuration-change.test.ts')],
  },
  {
    id: 'change-without-comparison',
    rule: 'R-11.7',
    what: 'a change is made on top of a configuration its author never saw',
    file: 'raft/core/configuration-change.ts',
    find: "  if (change.expectedId !== configuration.id) return 'stale-configuration'\n",
    replace: '',
    caughtBy: [tests('raft/core/configuration-change.test.ts')],
  },
  {
    id: 'incarnation-unchecked',
    rule: 'R-15.2',
    what: 'messages of another incarnation of a member are taken',
    file: 'raft/wire/header.ts',
    find: "    return sender.incarnation === from.incarnation ? undefined : 'wrong-incarnation'\n",
    replace: '    return undefined\n',
    caughtBy: [tests('raft/wire/header.test.ts')],
  },
  {
    id: 'cluster-unchecked',
    rule: 'R-20.1',
    what: 'messages of another cluster are taken',
    file: 'raft/wire/header.ts',
    find: "  if (header.clusterId !== self.clusterId) return 'wrong-cluster'\n",
    replace: '',
    caughtBy: [tests('raft/wire/header.test.ts')],
  },
  {
    id: 'old-image-taken',
    rule: 'R-13.1, reference 2.13',
    what: 'an image that covers less than what is committed replaces the log',
    file: 'raft/core/following.ts',
    find: "    if (index <= this.#log.commit) return 'old'\n",
    replace: '',
    caughtBy: [tests('raft/core/old-image.test.ts')],
  },
  {
    id: 'image-for-strangers',
    rule: 'reference 2.13',
    what: 'an image that does not know the receiver is installed',
    file: 'raft/core/following.ts',
    find: "    return isMember(configuration, this.#id) ? undefined : 'not-member'\n",
    replace:
      "    return isMember(configuration, configuration.voters[0]!) ? undefined : 'not-member'\n",
    caughtBy: [tests('raft/scenario/named-snapshot.test.ts')],
  },
  {
    id: 'log-reset-before-the-state',
    rule: 'R-13.1, reference 2.13 (vi)',
    what: 'the log begins anew before the state it follows is there',
    file: 'raft/driver/log-writer.ts',
    find:
      "      code = 'RAFT_IMAGE_INSTALL_FAILED'\n      await imageOf(snapshot).install()\n" +
      '      if (!isAlive()) return false\n',
    replace:
      '      await log.reset(mark, work.hardState)\n' +
      '      await imageOf(snapshot).install()\n      if (!isAlive()) return false\n' +
      '      onInstalled(snapshot)\n      if (isAlive()) return true\n',
    caughtBy: [
      tests('raft/driver/log-writer.test.ts', 'raft/driver/images.test.ts'),
      simulator(200),
    ],
  },
  {
    id: 'image-not-announced',
    rule: 'R-19.1, R-13.1',
    what: 'a crash between state and log looks like a log that was lost',
    file: 'raft/driver/log-writer.ts',
    find: '      await log.announceImage(mark)\n',
    replace: '',
    caughtBy: [
      tests('raft/driver/log-writer.test.ts', 'raft/driver/images.test.ts'),
      simulator(100),
    ],
  },
  {
    id: 'campaign-without-a-state',
    rule: 'decision 015',
    what: 'a replica that has lost its state stands for election by what it heard of the members',
    file: 'raft/core/raft.ts',
    find: "    if (this.lacksState) return 'no-state'\n",
    replace: '',
    caughtBy: [tests('raft/scenario/lost-state.test.ts', 'raft/driver/lost-state.test.ts')],
  },
  {
    id: 'log-reset-to-a-refetched-state',
    rule: 'decision 015, R-13.1',
    what: 'the image of a lost state takes acknowledged entries along that it does not cover',
    file: 'raft/core/following.ts',
    find: '    if (this.#log.lacksState && this.#log.matches(snapshot.index, snapshot.term)) {\n',
    replace: '    if (this.#log.lacksState && snapshot.index > this.#log.lastIndex) {\n',
    caughtBy: [tests('raft/scenario/lost-state.test.ts')],
  },
]
