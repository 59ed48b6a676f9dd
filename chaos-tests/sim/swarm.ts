// What a seed decides before anything runs. Every seed turns other features and faults on and
// draws other sizes, most of them far below what anybody would run: rare paths become common ones.
import type { Random } from '../../base/index.ts'
import type { LinkOptions } from './network.ts'

/** How often things go wrong: mean pause between two of a kind, ms; 0 = never in this seed. */
export interface FaultOptions {
  readonly crashMs: number
  readonly pauseMs: number
  readonly partitionMs: number
  readonly linkMs: number
  readonly diskErrorMs: number
  readonly diskSlowMs: number
  /** Bit flips, lying syncs, lost states: what a member must refuse to start with afterwards. */
  readonly damageMs: number
  readonly clockMs: number
}

/** How often people and tools act: mean pause between two acts of a kind, ms; 0 = never. */
export interface ChurnOptions {
  readonly transferMs: number
  readonly forgetMs: number
  readonly membershipMs: number
}

/** Everything a seed decides. */
export interface SwarmOptions {
  readonly voters: number
  readonly learners: number
  readonly raft: {
    readonly tickMs: number
    readonly electionTicks: number
    readonly heartbeatTicks: number
    readonly preVote: boolean
    readonly appendBytesMax: number
    readonly inflightMessagesMax: number
    readonly inflightBytesMax: number
    readonly uncommittedBytesMax: number
    readonly applyBytesMax: number
    readonly retainEntries: number
  }
  readonly log: {
    readonly segmentBytes: number
    readonly preallocateBytes: number
    readonly reserveBytes: number
    readonly witnessSyncInterval: number
  }
  /** Bytes of a state image in one message. */
  readonly imagePieceBytes: number
  readonly flushIntervalMs: number
  readonly syncMsMin: number
  readonly syncMsMean: number
  readonly network: LinkOptions
  readonly faults: FaultOptions
  readonly churn: ChurnOptions
  readonly clients: number
  readonly keys: number
  /** Mean pause of a client between two operations, ms. */
  readonly thinkMsMean: number
  /** Of a hundred commands so many are the scheduler's own. */
  readonly domainShare: number
  /** Clocks of members run between 1/(1 + drift) and 1 + drift; per thousand. */
  readonly driftPerMille: number
  /** Simulated dfdaemons; 0 = none. */
  readonly dfdaemons: number
  /** Pause between two announcements of one of them, ms. */
  readonly announceIntervalMs: number
  /** Children that one of them serves at once, at most. */
  readonly uploadSlots: number
  /** Peers of a task at the source at the same time. */
  readonly backToSourceCount: number
  /** Long faults, one at a time: mean pause, ms; 0 = never. */
  readonly longFaultMs: number
}

/** Draws the options of a seed. */
export function drawSwarm(random: Random): SwarmOptions {
  const pick = <Item>(items: readonly Item[]): Item => items[random.below(items.length)]!
  /** A mean pause, or never. */
  const often = (chancePerCent: number, items: readonly number[]): number => {
    const pauseMs = pick(items)
    return random.below(100) < chancePerCent ? pauseMs : 0
  }
  const voters = pick([1, 2, 3, 3, 3, 3, 3, 3, 4, 5, 5])
  const heartbeatTicks = pick([1, 1, 1, 2])
  const damageMs = often(25, [10_000, 20_000, 40_000])
  return {
    voters,
    learners: pick([0, 0, 0, 1]),
    raft: {
      tickMs: pick([50, 80, 100, 100, 150]),
      electionTicks: pick([10, 10, 12, 20]),
      heartbeatTicks,
      preVote: pick([true, true, true, true, false]),
      appendBytesMax: pick([1, 200, 1000, 10_000, 1_048_576]),
      inflightMessagesMax: pick([1, 2, 4, 16, 256]),
      inflightBytesMax: pick([500, 5000, 1_048_576]),
      uncommittedBytesMax: pick([2000, 20_000, 1_048_576]),
      applyBytesMax: pick([100, 2000, 1_048_576]),
      retainEntries: pick([1, 5, 20, 100, 10_000]),
    },
    log: {
      segmentBytes: pick([4096, 8192, 20_000, 100_000]),
      preallocateBytes: pick([0, 512, 4096, 16_384]),
      reserveBytes: pick([4096, 16_384]),
      // A sync that lied is only found out for what a witness speaks of.
      witnessSyncInterval: damageMs > 0 ? 1 : pick([1, 4, 64]),
    },
    imagePieceBytes: pick([200, 1000, 5000, 100_000]),
    flushIntervalMs: pick([1, 20, 200, 1000]),
    syncMsMin: pick([0.05, 0.5, 2]),
    syncMsMean: pick([0.2, 1, 5, 20]),
    network: {
      delayMsMin: pick([0.1, 1, 5]),
      delayMsMean: pick([0.2, 1, 5, 30]),
      loss: pick([0, 0, 1, 10, 50, 150]),
      duplicate: pick([0, 0, 10, 100]),
      reorder: pick([0, 0, 10, 200]),
      damage: pick([0, 0, 0, 2]),
      capacity: pick([4, 20, 1000]),
    },
    faults: {
      crashMs: often(80, [1500, 4000, 10_000]),
      pauseMs: often(50, [3000, 10_000]),
      partitionMs: often(70, [2500, 6000, 12_000]),
      linkMs: often(50, [2000, 8000]),
      diskErrorMs: often(30, [8000, 20_000]),
      diskSlowMs: often(40, [4000, 12_000]),
      damageMs,
      clockMs: often(30, [5000]),
    },
    churn: {
      transferMs: often(50, [3000, 10_000]),
      forgetMs: often(20, [5000]),
      membershipMs: often(60, [1500, 5000]),
    },
    clients: pick([1, 2, 3, 5]),
    keys: pick([1, 3, 8]),
    thinkMsMean: pick([100, 250, 500, 1000]),
    domainShare: pick([0, 20, 50]),
    driftPerMille: pick([0, 10, 100]),
    dfdaemons: pick([0, 0, 0, 3, 5]),
    announceIntervalMs: pick([2000, 2000, 4000, 8000]),
    uploadSlots: pick([1, 2, 3]),
    backToSourceCount: pick([1, 2, 200]),
    longFaultMs: often(75, [12_000, 25_000]),
  }
}

/** A network without faults, for the time after them. */
export const calmNetwork: LinkOptions = {
  delayMsMin: 0.5,
  delayMsMean: 0.5,
  loss: 0,
  duplicate: 0,
  reorder: 0,
  damage: 0,
  capacity: 10_000,
}
