import { describe, expect, it } from 'vitest'
import { minuteMs } from '../../base/index.ts'
import { parseDuration } from '../../runtime/index.ts'
import { durationOfText, textOfDuration } from './duration-text.ts'
import { readSettings, settingRules, settingsOfText, textOfSettings } from './settings-text.ts'
import { defaultSettings } from './settings.ts'

describe('durations as text', () => {
  it.each([
    '0',
    '1ms',
    '250ms',
    '30s',
    '1m',
    '1h',
    '2d',
    '1h30m',
    '1.5h',
    '0.5s',
    '1m1ms',
    '007s',
    '',
    's',
    '1',
    '-1s',
    '1 s',
    '1S',
    '1.h',
    '.5s',
    '1e3s',
    '1us',
    '5mss',
    '30',
    '1h30',
  ])('read %j as the configuration file does', (text) => {
    expect(durationOfText(text)).toBe(parseDuration(text))
  })

  it('are written as they are read', () => {
    for (const ms of [1, 999, 1000, 1500, 60_000, 90_000, 3_600_000, 86_400_000]) {
      expect(durationOfText(textOfDuration(ms))).toBe(ms)
    }
    expect([90 * minuteMs, 500, 30_000].map(textOfDuration)).toEqual(['90m', '500ms', '30s'])
  })

  it('of absurd length or size are none', () => {
    expect(durationOfText(`${'1'.repeat(64)}s`)).toBe(undefined)
    expect(durationOfText('99999999999999999d')).toBe(undefined)
  })
})

const problemOf = (text: string): string => {
  const reading = readSettings(text)
  return reading.ok ? 'ok' : `${reading.key}: ${reading.problem}`
}

describe('settings as somebody sets them', () => {
  it('are the defaults where they say nothing', () => {
    expect(readSettings('{}')).toEqual({ ok: true, settings: defaultSettings })
    expect(readSettings(textOfSettings(defaultSettings))).toEqual({
      ok: true,
      settings: defaultSettings,
    })
  })

  it('have the names of upstream', () => {
    const text = `{
      "backToSourceCount": 3, "retryBackToSourceLimit": 5, "retryLimit": 10,
      "retryInterval": "50ms", "candidateParentLimit": 4, "filterParentLimit": 40,
      "loadLimit": 50, "seedLoadLimit": 300,
      "gc": {"pieceDownloadTimeout": "10m", "peerTTL": "48h", "hostTTL": "2h",
             "taskGCInterval": "10m"},
      "seedPeer": {"taskDownloadTimeout": "1h"},
      "applications": [{"name": "a", "priority": {"value": 2,
                        "urls": [{"regex": "x+", "value": 6}]}}]
    }`
    const settings = {
      backToSourceCount: 3,
      retryBackToSourceLimit: 5,
      retryLimit: 10,
      retryIntervalMs: 50,
      candidateParentLimit: 4,
      filterParentLimit: 40,
      loadLimit: 50,
      seedLoadLimit: 300,
      pieceDownloadTimeoutMs: 600_000,
      peerTtlMs: 172_800_000,
      hostTtlMs: 7_200_000,
      taskTtlMs: 600_000,
      seedTaskDownloadTimeoutMs: 3_600_000,
      applications: [{ name: 'a', priority: 2, urls: [{ regex: 'x+', priority: 6 }] }],
    }
    expect(readSettings(text)).toEqual({ ok: true, settings })
    expect(settingsOfText(text)).toEqual(settings)
    expect(settingsOfText(textOfSettings(settings as typeof defaultSettings))).toEqual(settings)
  })

  it.each([
    ['nothing', '', ': expected a JSON object'],
    ['a list', '[]', ': expected a JSON object'],
    [
      'an unknown key',
      '{"retryLimits": 1}',
      'scheduler.retryLimits: unknown key; did you mean scheduler.retryLimit?',
    ],
    [
      'one inside',
      '{"gc":{"hostTtl":"1h"}}',
      'scheduler.gc.hostTtl: unknown key; did you mean scheduler.gc.hostTTL?',
    ],
    ['a key at another place', '{"peerTTL": "1h"}', 'scheduler.peerTTL: unknown key'],
    ['a key far from all', '{"zzzzzzzz": 1}', 'scheduler.zzzzzzzz: unknown key'],
    ['a number for an object', '{"gc": 1}', 'scheduler.gc: expected an object'],
    ['a text for a number', '{"retryLimit": "4"}', 'scheduler.retryLimit: expected a whole number'],
    ['a fraction', '{"retryLimit": 1.5}', 'scheduler.retryLimit: expected a whole number'],
    [
      'a number for a time',
      '{"gc":{"hostTTL":1}}',
      'scheduler.gc.hostTTL: expected a text such as "30m"',
    ],
    ['too little', '{"loadLimit": 0}', 'scheduler.loadLimit: expected 1 to 10000'],
    ['too much', '{"retryInterval": "2m"}', 'scheduler.retryInterval: expected 10ms to 1m'],
    ['no list', '{"applications": {}}', 'scheduler.applications: expected a list'],
    [
      'an application without a name',
      '{"applications": [{"priority": {"value": 1}}]}',
      'scheduler.applications[0].name: expected a text of 1 to 1024 characters',
    ],
    [
      'a priority out of range',
      '{"applications": [{"name": "a", "priority": {"value": 7}}]}',
      'scheduler.applications[0].priority.value: expected 0 to 6',
    ],
    [
      'an unknown key of an application',
      '{"applications": [{"name": "a", "prio": 1}]}',
      'scheduler.applications[0].prio: unknown key',
    ],
    [
      'one application twice',
      '{"applications": [{"name":"a","priority":{"value":1}},{"name":"a","priority":{"value":1}}]}',
      'scheduler.applications[1].name: "a" stands twice',
    ],
    [
      'a long pattern',
      `{"applications":[{"name":"a","priority":{"value":1,"urls":[{"regex":"${'x'.repeat(513)}"}]}}]}`,
      'scheduler.applications[0].priority.urls[0].regex: expected a text of 1 to 512 characters',
    ],
  ])('may not be %s', (_title, text, problem) => {
    expect(problemOf(text)).toBe(problem)
  })
})

describe('settings as they are stored', () => {
  it.each(['', 'null', '[]', '7', '{"gc": 7}', '{"unknown": 1}', '{"retryLimit": "x"}'])(
    'are the defaults where %j says nothing else',
    (text) => {
      expect(settingsOfText(text)).toEqual(defaultSettings)
    },
  )

  it('are within their bounds, whatever the text says', () => {
    const tree = (value: (rule: (typeof settingRules)[number]) => unknown): string => {
      const root: Record<string, unknown> = { applications: [{ name: '' }] }
      for (const rule of settingRules) {
        const [key, inner] = rule.path as [string, string?]
        if (inner === undefined) root[key] = value(rule)
        else root[key] = { ...(root[key] as object), [inner]: value(rule) }
      }
      return JSON.stringify(root)
    }
    const small = settingsOfText(tree(({ kind }) => (kind === 'count' ? -5 : '0')))
    const large = settingsOfText(tree(({ kind }) => (kind === 'count' ? 1e15 : '99999d')))
    for (const { field, min, max } of settingRules) {
      expect([small[field], large[field]]).toEqual([min, max])
      expect(defaultSettings[field]).toBeGreaterThanOrEqual(min)
      expect(defaultSettings[field]).toBeLessThanOrEqual(max)
    }
    expect(large.applications).toEqual([])
  })
})
