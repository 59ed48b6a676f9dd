// The commands of a script that move works and messages, start and crash replicas, and look.
import { assert } from '../../base/index.ts'
import type { CoreMessage } from '../core/message.ts'
import type { MessageFilter } from './scenario.ts'
import { showEntries, showMessage, showProgress, showWrite, traits } from './script-format.ts'
import type { Stage, Verb } from './script-stage.ts'
import type { Words } from './script.ts'

const settleRoundsMax = 1000

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

export const actVerbs: Readonly<Record<string, Verb>> = {
  apply: (stage, words) => stage.forEach(words, (id) => apply(stage, id)),
  crash: (stage, words) => {
    const id = stage.id(words)
    const applied = words.takes('applied') ? words.number('index') : undefined
    stage.scenario.replica(id).restart(applied)
    stage.told.restarted(id)
  },
  deliver: (stage, words) => {
    deliver(stage, takeFilter(stage, words))
  },
  drop: (stage, words) => {
    for (const message of stage.scenario.drop(takeFilter(stage, words))) {
      stage.told.note(`lost ${showMessage(message)}`)
    }
  },
  /** Campaigns, settles, and demands that the election was won. */
  elect: (stage, words) => {
    const id = stage.id(words)
    stage.tellRefusal(stage.scenario.raft(id).campaign())
    settle(stage, stage.scenario.ids)
    if (stage.scenario.raft(id).role !== 'leader') words.fail(`${id} was not elected`)
  },
  hold: (stage, words) => {
    const name = words.word('name')
    const messages = stage.scenario.drop(takeFilter(stage, words))
    stage.held.set(name, [...(stage.held.get(name) ?? []), ...messages])
    for (const message of messages) stage.told.note(`holds ${showMessage(message)}`)
  },
  release: (stage, words) => {
    const name = words.word('name')
    const messages = stage.held.get(name)
    if (messages === undefined) return words.fail(`nothing is held as "${name}"`)
    stage.held.delete(name)
    for (const message of messages) hand(stage, message)
  },
  settle: (stage, words) => {
    settle(stage, words.isAtEnd ? stage.scenario.ids : words.numbers())
  },
  show,
  start: (stage, words) => stage.scenario.add(words.number('replica')),
  work: (stage, words) => stage.forEach(words, (id) => work(stage, id)),
  write: (stage, words) => stage.forEach(words, (id) => write(stage, id)),
}

// Works

/** Hands out what is due. */
function work(stage: Stage, id: number): void {
  const replica = stage.scenario.replica(id)
  const [appends, applies] = [replica.appendThread.length, replica.applyThread.length]
  stage.scenario.processReady(id)
  stage.told.observe()
  for (const due of replica.appendThread.slice(appends)) {
    stage.told.note(`${id} has to write ${showWrite(due)}`)
  }
  for (const due of replica.applyThread.slice(applies)) {
    stage.told.note(`${id} has to apply ${showEntries(due.entries)}`)
  }
}

/** Finishes the oldest write. */
function write(stage: Stage, id: number): void {
  const oldest = stage.scenario.replica(id).appendThread[0]
  if (oldest === undefined) return
  stage.told.note(`${id} writes ${showWrite(oldest)}`)
  stage.scenario.processAppend(id)
  stage.told.observe()
}

/** Finishes the oldest apply. */
function apply(stage: Stage, id: number): void {
  const oldest = stage.scenario.replica(id).applyThread[0]
  if (oldest === undefined) return
  stage.told.note(`${id} applies ${showEntries(oldest.entries)}`)
  stage.scenario.processApply(id)
  stage.told.observe()
}

/** Lets `among` work and talk until nothing is left to do. */
function settle(stage: Stage, among: readonly number[]): void {
  for (let round = 0; round < settleRoundsMax; round += 1) {
    let didWork = false
    for (const id of among) didWork = finishWorks(stage, id) || didWork
    for (const from of stage.scenario.ids) {
      for (const to of among) didWork = deliver(stage, { from, to }) > 0 || didWork
    }
    if (!didWork) return
  }
  assert(false, 'the scenario settles')
}

function finishWorks(stage: Stage, id: number): boolean {
  const replica = stage.scenario.replica(id)
  let didWork = false
  while (replica.raft.hasReady()) {
    stage.scenario.processReady(id)
    stage.told.observe()
    didWork = true
  }
  while (replica.appendThread.length > 0) {
    write(stage, id)
    didWork = true
  }
  while (replica.applyThread.length > 0) {
    apply(stage, id)
    didWork = true
  }
  return didWork
}

// Messages

/** Delivers what is on the wire now and matches; returns how many messages that were. */
function deliver(stage: Stage, filter: MessageFilter): number {
  const messages = stage.scenario.drop(filter)
  for (const message of messages) hand(stage, message)
  return messages.length
}

function hand(stage: Stage, message: CoreMessage): void {
  if (!stage.scenario.ids.includes(message.to)) return
  stage.told.delivered(message, stage.scenario.inject(message))
  stage.told.observe()
}

/** `1>2`, `from 1`, `to 2`, and types; nothing is everything. */
function takeFilter(stage: Stage, words: Words): MessageFilter {
  const filter: { from?: number; to?: number; types?: CoreMessage['type'][] } = {}
  const link = /^(\d+)>(\d+)$/.exec(words.ahead ?? '')
  if (link !== null) {
    words.word('link')
    filter.from = Number(link[1])
    filter.to = Number(link[2])
  }
  if (words.takes('from')) filter.from = stage.id(words)
  if (words.takes('to')) filter.to = stage.id(words)
  while (!words.isAtEnd) {
    filter.types ??= []
    filter.types.push(words.choice('message type', messageTypes))
  }
  return filter
}

// Looking

function show(stage: Stage, words: Words): void {
  const what = words.choice('view', ['replica', 'progress', 'log', 'wire', 'works'])
  if (what === 'wire') {
    for (const message of stage.scenario.wire) stage.told.tell(showMessage(message))
    return
  }
  stage.forEach(words, (id) => {
    for (const line of linesOf(stage, what, id)) stage.told.tell(line)
  })
}

function linesOf(
  { scenario }: Stage,
  what: 'replica' | 'progress' | 'log' | 'works',
  id: number,
): string[] {
  const status = scenario.raft(id).status()
  switch (what) {
    case 'replica':
      return [`${id}: ${traits.map(([, trait]) => trait(status)).join(', ')}`]
    case 'log':
      return [`${id}: after ${status.compacted.index}: ${scenario.terms(id).join(' ')}`]
    case 'progress':
      return status.progress.map(showProgress)
    case 'works': {
      const { appendThread, applyThread } = scenario.replica(id)
      return [
        ...appendThread.map((due) => `${id} writes ${showWrite(due)}`),
        ...applyThread.map((due) => `${id} applies ${showEntries(due.entries)}`),
      ]
    }
  }
}
