// The benchmarks in their shortest form: that they run and report, not what they measure.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { root } from '../source-tree.ts'

interface Profile {
  readonly parts: readonly { readonly name: string }[]
}

interface Report {
  readonly commits: {
    readonly rows: readonly {
      readonly outstanding: number
      readonly raft: { readonly perSecond: { readonly median: number } }
      readonly bare: { readonly perSecond: { readonly median: number } }
      readonly profiles: Readonly<Record<'leader' | 'follower', Profile>>
    }[]
  }
  readonly failover: { readonly kills: number; readonly worstMs: number }
}

it('measures commits, a profile and a failover of three processes, and leaves nothing behind', () => {
  const dir = mkdtempSync(join(tmpdir(), 'damselfly-bench-test-'))
  try {
    const flags = ['--seconds', '0.2', '--rounds', '1', '--kills', '1', '--profile', '--json']
    const args = [join(root, 'dist/bench/main.js'), 'raft', ...flags, '--dir', dir]
    const ended = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 120_000 })
    expect(ended.status, ended.stderr).toBe(0)
    const { commits, failover } = JSON.parse(ended.stdout) as Report
    expect(commits.rows.map(({ outstanding }) => outstanding)).toEqual([1, 64, 1024])
    for (const { raft, bare, profiles } of commits.rows) {
      expect(raft.perSecond.median).toBeGreaterThan(0)
      expect(bare.perSecond.median).toBeGreaterThan(0)
      for (const { parts } of [profiles.leader, profiles.follower]) {
        expect(parts.length).toBeGreaterThan(0)
      }
    }
    // So short a run of a follower, or of few proposals, may meet other parts only.
    const busiest = commits.rows.at(-1)!.profiles.leader.parts
    expect(busiest.map(({ name }) => name)).toContain('raft/driver')
    expect(failover.kills).toBe(1)
    console.log(`failover: ${failover.worstMs.toFixed(0)} ms`)
    expect(readdirSync(dir)).toEqual([])
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
})

interface SchedulerReport {
  readonly announce: {
    readonly rows: readonly { readonly clients: number; readonly raw: Figures }[]
  }
  readonly reports: {
    readonly rows: readonly { readonly api: string; readonly appliedPerSecond: Median }[]
  }
  readonly latency: { readonly rows: readonly { readonly api: string; readonly p50Ms: number }[] }
  readonly memory: { readonly peers: number; readonly after: { readonly residentBytes: number } }
}

interface Median {
  readonly median: number
}

interface Figures {
  readonly perSecond: Median
}

it('measures announcements, reports, parents and memory of schedulers, and leaves nothing', () => {
  const dir = mkdtempSync(join(tmpdir(), 'damselfly-bench-test-'))
  try {
    const flags = ['--quick', '--seconds', '0.2', '--rounds', '1', '--clients', '8', '--json']
    const args = [join(root, 'dist/bench/main.js'), 'scheduler', ...flags, '--dir', dir]
    const ended = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 120_000 })
    expect(ended.status, ended.stderr).toBe(0)
    const { announce, reports, latency, memory } = JSON.parse(ended.stdout) as SchedulerReport
    expect(announce.rows.map(({ clients }) => clients)).toEqual([8])
    for (const { raw } of announce.rows) expect(raw.perSecond.median).toBeGreaterThan(0)
    expect(reports.rows.map(({ api }) => api)).toEqual(['v1', 'v2'])
    for (const { appliedPerSecond } of reports.rows) {
      expect(appliedPerSecond.median).toBeGreaterThan(0)
    }
    expect(latency.rows.map(({ api }) => api)).toEqual(['v1', 'v1', 'v2', 'v2'])
    for (const { p50Ms } of latency.rows) expect(p50Ms).toBeGreaterThan(0)
    expect(memory.peers).toBe(200)
    expect(memory.after.residentBytes).toBeGreaterThan(0)
    expect(readdirSync(dir)).toEqual([])
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
})
