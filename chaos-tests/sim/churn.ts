// What operators do all the while, sensible or not: members come and go one by one and by joint
// changes, leaders are asked to hand over, followers to forget. Whoever believes to lead is asked,
// so that old and new leaders get conflicting changes. Machines of new members start when any
// replica has applied their admission.
import type { Random } from '../../base/index.ts'
import { isJoint, membersOf } from '../../raft/index.ts'
import type { Configuration, ConfigurationChange, MemberOperation } from '../../raft/index.ts'
import { encodeChangeContext } from '../../scheduler/replication/index.ts'
import type { MemberProcess } from './process.ts'
import { raftAddressOf } from './world.ts'
import type { World } from './world.ts'

/** Most members at a time, so that a group stays one that people run. */
const membersMax = 6
/** Most machines in one run. */
const machinesMax = 20
const timeoutMs = 4000
/** Pause between two looks at what has to be repaired or tidied up. */
const tidyMs = 700

/** Changes the membership of a world. */
export class Churn {
  readonly #world: World
  readonly #random: Random
  readonly #adopt: (member: MemberProcess) => void
  #isOver = false
  /** The first learner is asked for by the swarm. */
  #isLearnerDue: boolean

  /** `adopt` is told of every machine before its first start. */
  constructor(world: World, adopt: (member: MemberProcess) => void) {
    this.#world = world
    this.#random = world.random.fork('churn')
    this.#adopt = adopt
    this.#isLearnerDue = world.swarm.learners > 0
    world.listen((event) => {
      if (event.type === 'configuration') this.#startAdmitted(event.configuration)
    })
  }

  start(): void {
    const { churn, faults } = this.#world.swarm
    this.#repeat(churn.transferMs, () => this.#transfer())
    this.#repeat(churn.forgetMs, () => this.#forget())
    // A group with harmed disks has few good copies left: it is repaired, and else left alone.
    if (faults.damageMs === 0) this.#repeat(churn.membershipMs, () => this.#change())
    this.#tidyLater()
  }

  /** No more acts; what is half done is still finished. */
  heal(): void {
    this.#isOver = true
  }

  #repeat(meanMs: number, act: () => void): void {
    if (meanMs === 0) return
    const share = (1 + this.#random.below(0xffff)) / 0x1_0000
    this.#world.queue.after(-meanMs * Math.log(share), () => {
      if (this.#isOver) return
      act()
      this.#repeat(meanMs, act)
    })
  }

  #tidyLater(): void {
    this.#world.queue.after(tidyMs, () => {
      this.#tidy()
      this.#tidyLater()
    })
  }

  #transfer(): void {
    const { leader } = this.#world
    const voters = leader?.configuration()?.voters ?? []
    const to = voters[this.#random.below(Math.max(1, voters.length))]
    if (leader?.node === undefined || to === undefined) return
    this.#world.note(() => `${leader.id}: asked to hand over to ${to}`)
    void leader.node.transferLeadership(to, { timeoutMs })
  }

  #forget(): void {
    const { serving } = this.#world
    const member = serving[this.#random.below(Math.max(1, serving.length))]
    if (member?.node === undefined) return
    this.#world.note(() => `${member.id}: asked to forget its leader`)
    member.node.forgetLeader()
  }

  /** Asks everybody who believes to lead, each for something of its own. */
  #change(): void {
    for (const member of this.#world.serving) {
      if (member.node?.leadership().role !== 'leader') continue
      const configuration = member.configuration()!
      const operations = this.#draw(member, configuration)
      if (operations === undefined) continue
      const isStale = this.#random.ratio(1, 20)
      const expectedId = isStale ? Math.max(0, configuration.id - 1) : configuration.id
      const roll = this.#random.below(10)
      const transition = roll < 5 ? 'auto' : roll < 8 ? 'joint-implicit' : 'joint-explicit'
      this.#ask(member, { expectedId, transition, operations })
    }
  }

  /** Undefined when nothing comes to mind. */
  #draw(
    { id }: MemberProcess,
    configuration: Configuration,
  ): readonly MemberOperation[] | undefined {
    const { voters, learners } = configuration
    const count = membersOf(configuration).length
    const voter = this.#pick(voters)!
    const learner = this.#pick(learners)
    const mayAdd = count < membersMax && this.#world.members.length < machinesMax
    const add = { op: 'add-learner', id: configuration.highestId + 1 } as const
    switch (this.#random.below(9)) {
      case 0:
      case 1:
        return mayAdd ? [add] : undefined
      case 2:
        return learner === undefined ? undefined : [{ op: 'promote', id: learner }]
      case 3:
        return learner === undefined
          ? undefined
          : [
              { op: 'promote', id: learner },
              { op: 'remove', id: voter },
            ]
      case 4:
        return [{ op: 'remove', id: learner ?? voter }]
      case 5:
        return voters.length > 2
          ? [{ op: 'remove', id: this.#random.ratio(1, 2) ? id : voter }]
          : undefined
      case 6:
        return [{ op: 'demote', id: voter }]
      case 7:
        // A new voter without a round as a learner, in place of another one.
        return mayAdd
          ? [
              { op: 'add-voter', id: add.id },
              { op: this.#random.ratio(1, 2) ? 'demote' : 'remove', id: voter },
            ]
          : undefined
      default:
        return this.#nonsense(configuration)
    }
  }

  /** Changes that nobody may make: typed refusals, and the group goes on. */
  #nonsense({ voters, learners, highestId }: Configuration): readonly MemberOperation[] {
    const removed = highestId > voters.length + learners.length ? 1 : highestId + 7
    switch (this.#random.below(5)) {
      case 0:
        return []
      case 1:
        return [{ op: 'promote', id: highestId + 5 }]
      case 2:
        return voters.map((id) => ({ op: 'remove', id }))
      case 3:
        return [{ op: 'add-voter', id: removed }]
      default:
        return [
          { op: 'demote', id: voters[0]! },
          { op: 'remove', id: voters[0]! },
        ]
    }
  }

  /** What is half done: joint configurations to be left by hand, lost members to be replaced. */
  #tidy(): void {
    const { leader } = this.#world
    const configuration = leader?.configuration()
    if (leader === undefined || configuration === undefined) return
    const expectedId = configuration.id
    if (isJoint(configuration)) {
      const isDue = this.#isOver || this.#random.ratio(1, 4)
      if (!configuration.autoLeave && isDue) {
        this.#ask(leader, { expectedId, transition: 'auto', operations: [] })
      }
      return
    }
    const operations = this.#isOver ? undefined : this.#repair(leader, configuration)
    if (operations !== undefined) this.#ask(leader, { expectedId, transition: 'auto', operations })
  }

  #repair(
    leader: MemberProcess,
    { voters, learners, highestId }: Configuration,
  ): readonly MemberOperation[] | undefined {
    const lost = voters.find((id) => this.#world.process(id).isLost && id !== leader.id)
    const spare = learners.find((id) => !this.#world.process(id).isLost)
    const isFull = this.#world.members.length >= machinesMax
    if (lost !== undefined && spare !== undefined) {
      return [
        { op: 'promote', id: spare },
        { op: 'remove', id: lost },
      ]
    }
    if ((lost === undefined && !this.#isLearnerDue) || isFull) return undefined
    this.#isLearnerDue = false
    return [{ op: 'add-learner', id: highestId + 1 }]
  }

  #ask(member: MemberProcess, change: Omit<ConfigurationChange, 'context'>): void {
    const { node, id } = member
    if (node === undefined) return
    const shown = change.operations.map(({ op, id: of }) => `${op} ${of}`).join(', ') || 'leave'
    const what = `${change.transition} ${shown} (${change.expectedId})`
    this.#world.note(() => `${id}: asked to change members: ${what}`)
    const isWrong = !this.#isOver && this.#random.ratio(1, 12)
    const context = isWrong ? this.#wrongContext(change) : this.#contextOf(change.operations)
    const asked = node.changeConfiguration({ ...change, context }, { timeoutMs })
    void asked.then((outcome) => {
      const end = outcome.ok ? JSON.stringify(outcome.result) : outcome.reason
      this.#world.note(() => `${id}: members: ${what}: ${end}`)
    })
  }

  /** Who the members are that the change names. */
  #contextOf(operations: readonly MemberOperation[]): Uint8Array {
    const named = operations.filter(({ op }) => op.startsWith('add') || op === 'promote')
    return encodeChangeContext(
      named.map(({ op, id }) => {
        const { incarnation, hostId } = this.#world.identityOf(id, 1)
        const isNew = op !== 'promote'
        return {
          replicaId: id,
          incarnation,
          hostId: isNew ? hostId : '',
          raftAddress: isNew ? raftAddressOf(id) : '',
        }
      }),
    )
  }

  /** Details that Raft does not look at and the state refuses: the change becomes a no-op. */
  #wrongContext({ operations }: Omit<ConfigurationChange, 'context'>): Uint8Array {
    const { incarnation } = this.#world.identityOf(9999, 1)
    const wrong = { incarnation, hostId: 'host-9999', raftAddress: raftAddressOf(1) }
    return encodeChangeContext(operations.map(({ id }) => ({ replicaId: id, ...wrong })))
  }

  /** Starts machines for members that have none yet. */
  #startAdmitted(configuration: Configuration): void {
    const { members } = this.#world
    for (const id of membersOf(configuration)) {
      if (members.some((member) => member.id === id)) continue
      const identity = this.#world.identityOf(id, configuration.id)
      const member = this.#world.admit(identity, raftAddressOf(id))
      this.#adopt(member)
      this.#world.queue.after(this.#random.below(2000), () => member.start())
    }
  }

  #pick<Item>(items: readonly Item[]): Item | undefined {
    return items[this.#random.below(Math.max(1, items.length))]
  }
}
