// The catalogue of interaction scenarios T7-01 to T7-28, each a script in scripts/ whose reviewed
// transcript stands beside it. UPDATE_GOLDEN=1 writes the transcripts anew: read the difference.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { runScript } from './script-runner.ts'

const folder = new URL('scripts/', import.meta.url)
const isUpdate = process.env['UPDATE_GOLDEN'] === '1'
const played = new Set<string>()

function play(name: string): void {
  played.add(name)
  const transcript = runScript(`${name}.script`, read(`${name}.script`))
  const golden = `${name}.golden`
  if (isUpdate) {
    expect(process.env['CI'], 'transcripts are not written in CI').toBeUndefined()
    writeFileSync(new URL(golden, folder), transcript)
  }
  expect(existsSync(new URL(golden, folder)), `${golden} was reviewed and kept`).toBe(true)
  expect(transcript).toBe(read(golden))
}

function read(file: string): string {
  return readFileSync(new URL(file, folder), 'utf8')
}

test('T7-01 R-1.2 a lone voter wins with its own vote, but not before that vote is durable', () => {
  play('t7-01-lone-voter')
})

test('T7-02 of three voters one campaigns, wins, and all commit its empty entry', () => {
  play('t7-02-campaign')
})

test('T7-04 R-4.1 nobody is elected beside a live leader; one that hears nobody steps down', () => {
  play('t7-04-check-quorum')
})

test('T7-05 R-4.1 pre-vote alone: one behind gets no vote, one up to date wins beside a leader', () => {
  play('t7-05-pre-vote')
})

test('T7-06 R-4.1 R-4.2 pre-vote and check-quorum: silence while a leader is known, then a vote', () => {
  play('t7-06-pre-vote-check-quorum')
})

test('T7-10 the seven logs of figure 7 become one, one rejection for each differing term', () => {
  play('t7-10-figure-7')
})

test('T7-11 B23 a full window whose appends got lost heals through heartbeat replies', () => {
  play('t7-11-full-window')
})

test('T7-12 a caught-up member that was unreachable replicates again after a heartbeat', () => {
  play('t7-12-heartbeat-reply-ends-probing')
})

test('T7-13 B22 a commit missed is heard a heartbeat and one and a half round trips later', () => {
  play('t7-13-lagging-commit')
})

test('T7-17 R-14.2 writes and applies pile up; nothing counts before its own write is done', () => {
  play('t7-17-overlapping-writes')
})

test('T7-18 R-2.3 B28 an old completion confirms nothing that has been replaced since', () => {
  play('t7-18-append-aba')
})

test('every script is played, and every transcript belongs to one', () => {
  const names = [...played].flatMap((name) => [`${name}.golden`, `${name}.script`])
  expect(readdirSync(folder).sort()).toEqual(names.sort())
})
