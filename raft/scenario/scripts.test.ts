// The catalogue of interaction scenarios T7-01 to T7-28 and some of our own, each a script in
// scripts/ whose reviewed transcript stands beside it. UPDATE_GOLDEN=1 writes the transcripts anew:
// read the difference.
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

test('T7-03 B13 one that believes it is a learner still votes, or the group is stuck', () => {
  play('t7-03-learner-must-vote')
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

test('T7-07 a forgotten leader: term and timer stay, the next heartbeat reminds', () => {
  play('t7-07-forget-leader')
})

test('T7-08 who has forgotten its leader votes for one up to date, never for one behind', () => {
  play('t7-08-forget-leader-pre-vote')
})

test('T7-09 R-9.4 forgetting the leader is always allowed: no read rests on a lease', () => {
  play('t7-09-forget-leader-reads')
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

test('T7-14 a slow follower behind a compacted log gets an image and goes on', () => {
  play('t7-14-slow-follower-after-compaction')
})

test('T7-15 B24 the acknowledgement alone ends an image', () => {
  play('t7-15-image-ended-by-append-reply')
})

test('T7-16 B24 so does one below the pending image, when it meets the leader’s log', () => {
  play('t7-16-image-behind-the-pending-one')
})

test('T7-17 R-14.2 writes and applies pile up; nothing counts before its own write is done', () => {
  play('t7-17-overlapping-writes')
})

test('T7-18 R-2.3 B28 an old completion confirms nothing that has been replaced since', () => {
  play('t7-18-append-aba')
})

test('T7-19 R-11.1 a lone voter adds a second one; the change counts when it is applied', () => {
  play('t7-19-add-voter')
})

test('T7-20 R-11.8 a leader that removed itself does not count itself and takes no proposals', () => {
  play('t7-20-remove-leader')
})

test('T7-21 R-11.8 R-11.9 a leader that removed itself hands over and is told that it is out', () => {
  play('t7-21-remove-leader-steps-down')
})

test('T7-22 one voter is added without a joint configuration', () => {
  play('t7-22-add-voter-auto')
})

test('T7-23 R-11.2 a joint configuration is left when asked; meanwhile nothing else changes', () => {
  play('t7-23-joint-explicit')
})

test('T7-24 B14 B21 two are added and removed; a joint configuration is left once, by whoever leads', () => {
  play('t7-24-add-two-remove-two')
})

test('T7-25 an image of a joint configuration says that it is left automatically', () => {
  play('t7-25-joint-implicit')
})

test('T7-26 R-11.9 the leader is replaced: it hands over between the halves, and is out', () => {
  play('t7-26-replace-leader')
})

test('T7-27 R-11.8 the leader is replaced and steps down', () => {
  play('t7-27-replace-leader-steps-down')
})

test('T7-28 R-5.2 R-11.2 R-11.3 R-11.7 why a second change waits', () => {
  play('t7-28-second-change-waits')
})

test('paper section 6, R-9.3: entries, reads and elections need both halves', () => {
  play('both-halves')
})

test('design 4.12: a suspected leader is replaced early, an unsuspected one is not disturbed', () => {
  play('suspicion')
})

test('R-11.1 R-24.1 who refuses a vote tells what is committed, or the removed would be needed', () => {
  play('refusal-tells-commit')
})

test('every script is played, and every transcript belongs to one', () => {
  const names = [...played].flatMap((name) => [`${name}.golden`, `${name}.script`])
  expect(readdirSync(folder).sort()).toEqual(names.sort())
})
