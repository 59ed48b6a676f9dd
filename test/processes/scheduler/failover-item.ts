// Clients of both APIs through all members, while leaders die under them.
import { untilEqual } from '../members/steps.ts'
import { until } from '../local-cluster.ts'
import { Ledger } from './ledger.ts'
import { PieceWatch } from './piece-watch.ts'
import type { ScriptedClient } from './scripted-client.ts'
import { ScriptedV1 } from './scripted-v1.ts'
import { ScriptedV2 } from './scripted-v2.ts'
import { check, pause, timed, trio } from './steps.ts'
import type { SchedulerItem, SchedulerScale } from './steps.ts'
import { leaderlessMsMax, Uptimes } from './uptimes.ts'

/** Between two deaths, once the dead one is back. */
const betweenKillsMs = { short: 500, full: 2_000 }

/** Many clients take longer for a piece, so that they do not measure the machine. */
const pieceMs = { short: 150, full: 400 }

function clientsOf(scale: SchedulerScale, uptimes: Uptimes, ledger: Ledger): ScriptedClient[] {
  const each = scale.isFull ? pieceMs.full : pieceMs.short
  return Array.from({ length: scale.clients }, (_, number) => {
    const options = { uptimes, ledger, number, pieceMs: each }
    return number % 2 === 0 ? new ScriptedV1(options) : new ScriptedV2(options)
  })
}

export const failover: SchedulerItem = {
  title:
    'leaders die under clients of both APIs: nothing acknowledged is lost, survivors see nothing',
  run: async (cluster, scale) => {
    const members = trio(cluster)
    const uptimes = new Uptimes(members)
    const ledger = new Ledger(uptimes)
    const clients = clientsOf(scale, uptimes, ledger)
    const addresses = members.map(({ addr }) => addr)
    const pieces = new PieceWatch(addresses, (text) => ledger.fault(text))
    let isOver = false
    const running = Promise.all(clients.map((client) => client.run(() => isOver)))
    const backMs: number[] = []
    try {
      await until('every client to have downloaded', 60_000, async () => {
        ledger.checkFaults()
        return clients.every(({ rounds }) => rounds > 0) ? true : undefined
      })
      const endMs = performance.now() + scale.chaosMs
      while (backMs.length < scale.kills || performance.now() < endMs) {
        backMs.push(await timed(() => uptimes.killLeader(cluster)))
        await pause(scale.isFull ? betweenKillsMs.full : betweenKillsMs.short)
        ledger.checkFaults()
      }
    } finally {
      isOver = true
      await running
      pieces.stop()
    }
    ledger.checkFaults()
    ledger.checkErrors()
    const leaderlessMs = uptimes.longestLeaderlessMs
    check(!scale.isFull || leaderlessMs <= leaderlessMsMax, `no leader for ${leaderlessMs} ms`)
    await untilEqual(members)
    const facts: number[] = []
    for (const address of addresses) facts.push(await ledger.checkMember(address))
    check(ledger.counts.retried > 0, 'no client was attached to a member that died')
    const counts = Object.entries(ledger.counts).map(([name, count]) => `${count} ${name}`)
    const rounds = clients.reduce((sum, client) => sum + client.rounds, 0)
    const slowestMs = Math.max(...backMs)
    return [
      `${clients.length} clients, ${rounds} downloads, ${backMs.length} leaders killed`,
      `another leader after at most ${leaderlessMs} ms, the dead back after at most ${slowestMs} ms`,
      `${facts[0]} facts right on each member (${counts.join(', ')})`,
      `${pieces.changes} changes of peers, no piece lost, no error of a survivor`,
    ].join('; ')
  },
}
