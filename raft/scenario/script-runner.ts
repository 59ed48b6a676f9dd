// Runs a scenario script and returns its transcript: every command, and below it what it did.
// Nothing happens by itself: a command is one act, or `settle` until nothing is left to do.
import { assert } from '../../base/index.ts'
import type { ConfigurationChange, MemberOperation } from '../core/configuration-change.ts'
import type { CoreMessage } from '../core/message.ts'
import type { MessageFilter, Scenario } from './scenario.ts'
import { checkExpectation } from './script-expect.ts'
import { showEntries, showMessage, showProgress, showWrite, traits } from './script-format.ts'
import { ScriptSetup, setupVerbs } from './script-setup.ts'
import { parseScript, ScriptError, Words } from './script.ts'
import type { ScriptLine } from './script.ts'
import { Transcript } from './transcript.ts'

const settleRoundsMax = 1000

/** Lines of the transcript that an error repeats. */
const toldLinesMax = 40

const messageTypes: readonly CoreMessage['type'][] = [
  'vote',
  'vote-reply',
  'pre-vote',
  'pre-vote-reply',
  'append',
  'append-reply',
  'heartbeat',
  'heartbeat-reply',
  'timeout-now',
  'snapshot',
  'removed',
]

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

/** Runs the script `text`; throws a ScriptError that names `name` and the line. */
export function runScript(name: string, text: string): string {
  const setup = new ScriptSetup()
  const head: string[] = []
  let runner: ScriptRunner | undefined
  for (const line of parseScript(name, text)) {
    const verb = setupVerbs.find((candidate) => candidate === line.verb)
    if (verb !== undefined) {
      if (runner !== undefined) throw new ScriptError(line, `"${verb}" belongs into the head`)
      setup.take(verb, new Words(line))
    }
    if (runner === undefined && (verb !== undefined || line.verb === '')) {
      head.push(line.text)
      continue
    }
    runner ??= new ScriptRunner(setup.build())
    try {
      runner.run(line)
    } catch (error) {
      throw failure(line, error, runner.transcript)
    }
  }
  runner?.end()
  return `${[...head, ...(runner?.transcript ?? [])].join('\n').trimEnd()}\n`
}

/** Names the line, whatever failed there, and repeats what happened before. */
function failure(line: ScriptLine, error: unknown, transcript: readonly string[]): ScriptError {
  const message = error instanceof Error ? error.message : String(error)
  const story = transcript.slice(-toldLinesMax).join('\n')
  const told = error instanceof ScriptError ? error.what : message
  return new ScriptError(line, `${told}\n${story}`, { cause: error })
}

class ScriptRunner {
  readonly #scenario: Scenario
  readonly #told: Transcript
  readonly #held = new Map<string, readonly CoreMessage[]>()

  constructor(scenario: Scenario) {
    this.#scenario = scenario
    this.#told = new Transcript(scenario)
  }

  end(): void {
    this.#told.end()
  }

  get transcript(): readonly string[] {
    return this.#told.lines
  }

  run(line: ScriptLine): void {
    this.#told.begin(line.text)
    if (line.verb === '') return
    const isQuiet = line.verb === 'quietly'
    const [verb = '', ...rest] = isQuiet ? line.words : [line.verb, ...line.words]
    const words = new Words({ ...line, words: rest })
    if (verb === 'expect') return checkExpectation(this.#scenario, this.#told.refusals, words)
    this.#told.forgetRefusals()
    this.#told.isQuiet = isQuiet
    this.#act(verb, words)
    words.end()
    this.#told.observe()
    this.#told.isQuiet = false
    if (isQuiet) this.#told.observe()
  }

  #act(verb: string, words: Words): void {
    switch (verb) {
      case 'campaign':
        return this.#campaign(words)
      case 'elect':
        return this.#elect(words)
      case 'forget':
        return this.#tellRefusal(this.#raft(words).forgetLeader())
      case 'suspect':
        return this.#suspect(words)
      case 'transfer':
        return this.#transfer(words)
      case 'propose':
        return this.#propose(words)
      case 'read':
        return this.#read(words)
      case 'change':
        return this.#change(words)
      case 'leave':
        return this.#leave(words)
      case 'tick':
        return this.#tick(words)
      case 'unreachable':
        return this.#unreachable(words)
      case 'image':
        return this.#image(words)
      case 'compact':
        return this.#compact(words)
      default:
        return this.#handle(verb, words)
    }
  }

  /** What moves works and messages. */
  #handle(verb: string, words: Words): void {
    switch (verb) {
      case 'work':
        return this.#workEach(words)
      case 'write':
        return this.#forEach(words, (id) => this.#write(id))
      case 'apply':
        return this.#forEach(words, (id) => this.#apply(id))
      case 'deliver':
        this.#deliver(this.#filter(words))
        return
      case 'drop':
        return this.#drop(this.#filter(words))
      case 'hold':
        return this.#hold(words)
      case 'release':
        return this.#release(words)
      case 'settle':
        return this.#settle(words.numbers())
      case 'start':
        return this.#scenario.add(words.number('replica'))
      case 'crash':
        return this.#crash(words)
      case 'show':
        return this.#show(words)
      default:
        words.fail(`unknown command "${verb}"`)
    }
  }

  // Requests

  #campaign(words: Words): void {
    this.#tellRefusal(this.#raft(words).campaign())
  }

  #elect(words: Words): void {
    const id = this.#id(words)
    this.#tellRefusal(this.#scenario.raft(id).campaign())
    this.#settle([])
    if (this.#scenario.raft(id).role !== 'leader') words.fail(`${id} was not elected`)
  }

  #suspect(words: Words): void {
    const raft = this.#raft(words)
    words.keyword('leader')
    raft.suspectLeader(words.number('leader'))
  }

  #transfer(words: Words): void {
    const raft = this.#raft(words)
    words.keyword('to')
    this.#tellRefusal(raft.transferLeadership(words.number('target')))
  }

  #propose(words: Words): void {
    const id = this.#id(words)
    this.#tellRefusal(this.#scenario.propose(id, ...words.rest()))
  }

  #read(words: Words): void {
    const raft = this.#raft(words)
    words.keyword('id')
    this.#tellRefusal(raft.readIndex(words.number('read id')))
  }

  /** `change 1 auto add-voter 4 remove 1 seen 7`: `seen` names the configuration compared with. */
  #change(words: Words): void {
    const id = this.#id(words)
    const transition = words.choice('transition', transitions)
    const operations: MemberOperation[] = []
    while (!words.isAtEnd && words.ahead !== 'seen') {
      operations.push({ op: words.choice('operation', operationNames), id: words.number('member') })
    }
    const seen = words.takes('seen') ? { expectedId: words.number('configuration') } : {}
    this.#tellRefusal(this.#scenario.proposeChange(id, operations, { transition, ...seen }))
  }

  #leave(words: Words): void {
    this.#tellRefusal(this.#scenario.proposeChange(this.#id(words), []))
  }

  #tick(words: Words): void {
    const id = this.#id(words)
    if (words.takes('election')) this.#scenario.tickElection(id)
    else if (words.takes('heartbeat')) this.#scenario.tickHeartbeat(id)
    else this.#scenario.tick(id, words.number('ticks'))
  }

  #unreachable(words: Words): void {
    const raft = this.#raft(words)
    words.keyword('to')
    raft.reportUnreachable(words.number('member'))
  }

  /** `image 1 to 3 sent|failed`: how the transfer of an image ended. */
  #image(words: Words): void {
    const raft = this.#raft(words)
    words.keyword('to')
    raft.reportSnapshot(words.number('member'), words.choice('end', ['sent', 'failed']))
  }

  #compact(words: Words): void {
    const replica = this.#scenario.replica(this.#id(words))
    words.keyword('to')
    replica.compact(words.number('index'))
  }

  // Works

  #workEach(words: Words): void {
    this.#forEach(words, (id) => {
      const replica = this.#scenario.replica(id)
      const [appends, applies] = [replica.appendThread.length, replica.applyThread.length]
      this.#scenario.processReady(id)
      this.#told.observe()
      for (const work of replica.appendThread.slice(appends)) {
        this.#told.note(`${id} has to write ${showWrite(work)}`)
      }
      for (const work of replica.applyThread.slice(applies)) {
        this.#told.note(`${id} has to apply ${showEntries(work.entries)}`)
      }
    })
  }

  #write(id: number): void {
    const work = this.#scenario.replica(id).appendThread[0]
    if (work === undefined) return
    this.#told.note(`${id} writes ${showWrite(work)}`)
    this.#scenario.processAppend(id)
    this.#told.observe()
  }

  #apply(id: number): void {
    const work = this.#scenario.replica(id).applyThread[0]
    if (work === undefined) return
    this.#told.note(`${id} applies ${showEntries(work.entries)}`)
    this.#scenario.processApply(id)
    this.#told.observe()
  }

  #crash(words: Words): void {
    const id = this.#id(words)
    const applied = words.takes('applied') ? words.number('index') : undefined
    this.#scenario.replica(id).restart(applied)
    this.#told.restarted(id)
  }

  #settle(ids: readonly number[]): void {
    const among = ids.length > 0 ? ids : this.#scenario.ids
    for (let round = 0; round < settleRoundsMax; round += 1) {
      let didWork = false
      for (const id of among) didWork = this.#finishWorks(id) || didWork
      for (const from of this.#scenario.ids) {
        for (const to of among) didWork = this.#deliver({ from, to }) > 0 || didWork
      }
      if (!didWork) return
    }
    assert(false, 'the scenario settles')
  }

  #finishWorks(id: number): boolean {
    const replica = this.#scenario.replica(id)
    let didWork = false
    while (replica.raft.hasReady()) {
      this.#scenario.processReady(id)
      this.#told.observe()
      didWork = true
    }
    while (replica.appendThread.length > 0) {
      this.#write(id)
      didWork = true
    }
    while (replica.applyThread.length > 0) {
      this.#apply(id)
      didWork = true
    }
    return didWork
  }

  // Messages

  #deliver(filter: MessageFilter): number {
    const messages = this.#scenario.drop(filter)
    for (const message of messages) this.#hand(message)
    return messages.length
  }

  #hand(message: CoreMessage): void {
    if (!this.#scenario.ids.includes(message.to)) return
    this.#told.delivered(message, this.#scenario.inject(message))
    this.#told.observe()
  }

  #drop(filter: MessageFilter): void {
    for (const message of this.#scenario.drop(filter)) {
      this.#told.note(`lost ${showMessage(message)}`)
    }
  }

  /** `hold NAME [filter]` takes messages off the wire; `release NAME` delivers them late. */
  #hold(words: Words): void {
    const name = words.word('name')
    const messages = this.#scenario.drop(this.#filter(words))
    this.#held.set(name, [...(this.#held.get(name) ?? []), ...messages])
    for (const message of messages) this.#told.note(`holds ${showMessage(message)}`)
  }

  #release(words: Words): void {
    const name = words.word('name')
    const messages = this.#held.get(name)
    if (messages === undefined) return words.fail(`nothing is held as "${name}"`)
    this.#held.delete(name)
    for (const message of messages) this.#hand(message)
  }

  #filter(words: Words): MessageFilter {
    const filter: { from?: number; to?: number; types?: CoreMessage['type'][] } = {}
    const link = /^(\d+)>(\d+)$/.exec(words.ahead ?? '')
    if (link !== null) {
      words.word('link')
      filter.from = Number(link[1])
      filter.to = Number(link[2])
    }
    if (words.takes('from')) filter.from = this.#id(words)
    if (words.takes('to')) filter.to = this.#id(words)
    while (!words.isAtEnd) {
      filter.types ??= []
      filter.types.push(words.choice('message type', messageTypes))
    }
    return filter
  }

  // Looking

  #show(words: Words): void {
    const what = words.choice('view', ['replica', 'progress', 'log', 'wire', 'works'])
    if (what === 'wire') {
      for (const message of this.#scenario.wire) this.#told.tell(showMessage(message))
      return
    }
    this.#forEach(words, (id) => {
      const status = this.#scenario.raft(id).status()
      if (what === 'replica') {
        this.#told.tell(`${id}: ${traits.map(([, show]) => show(status)).join(', ')}`)
      } else if (what === 'log') {
        this.#told.tell(
          `${id}: after ${status.compacted.index}: ${this.#scenario.terms(id).join(' ')}`,
        )
      } else if (what === 'progress') {
        for (const progress of status.progress) this.#told.tell(showProgress(progress))
      } else {
        const { appendThread, applyThread } = this.#scenario.replica(id)
        for (const work of appendThread) this.#told.tell(`${id} writes ${showWrite(work)}`)
        for (const { entries } of applyThread)
          this.#told.tell(`${id} applies ${showEntries(entries)}`)
      }
    })
  }

  // Words

  #id(words: Words): number {
    const id = words.number('replica')
    if (!this.#scenario.ids.includes(id)) words.fail(`there is no replica ${id}`)
    return id
  }

  #raft(words: Words) {
    return this.#scenario.raft(this.#id(words))
  }

  #forEach(words: Words, act: (id: number) => void): void {
    do act(this.#id(words))
    while (!words.isAtEnd)
  }

  #tellRefusal(result: { readonly ok: boolean; readonly reason?: string }): void {
    if (!result.ok) this.#told.refused('refused', result.reason ?? '')
  }
}
