import { describe, expect, it } from 'vitest'
import type { ApplicationPriority } from '../core/index.ts'
import { effectivePriority } from './application-priority.ts'
import { UrlPattern } from './url-pattern.ts'

const applications: readonly ApplicationPriority[] = [
  {
    name: 'images',
    priority: 3,
    urls: [
      { regex: String.raw`/library/.*\.tar(\?|$)`, priority: 6 },
      { regex: '^https://cold\\.', priority: 1 },
    ],
  },
  { name: 'plain', priority: 2, urls: [] },
]

describe('the priority of a request', () => {
  it.each([
    ['is its own when it has one', 'images', 'https://cold.test/a', 5, 5],
    [
      'is that of the first URL rule that matches',
      'images',
      'https://cold.test/library/x.tar',
      0,
      6,
    ],
    ['is that of a later rule when only that one matches', 'images', 'https://cold.test/a', 0, 1],
    ["is its application's when no rule matches", 'images', 'https://warm.test/a', 0, 3],
    ['is that of an application without rules', 'plain', 'https://warm.test/a', 0, 2],
    ['is 0 for an application nobody named', 'other', 'https://cold.test/a', 0, 0],
  ] as const)('%s', (_title, application, url, priority, expected) => {
    expect(effectivePriority({ applications }, { application, url, priority })).toBe(expected)
  })

  it('is not told by a pattern that cannot be read, but by the next', () => {
    const urls = [
      { regex: '(', priority: 6 as const },
      { regex: 'tar$', priority: 5 as const },
    ]
    const settings = { applications: [{ name: 'a', priority: 4 as const, urls }] }
    const priorityOf = (url: string): number =>
      effectivePriority(settings, { application: 'a', url, priority: 0 })
    expect(['https://a.test/x.tar', 'https://a.test/('].map(priorityOf)).toEqual([5, 4])
  })

  it("is its application's when a pattern cannot be told in bounded time", () => {
    const urls = [{ regex: 'x{1,900}y', priority: 6 as const }]
    const settings = { applications: [{ name: 'a', priority: 4 as const, urls }] }
    const url = 'x'.repeat(16_384)
    expect(effectivePriority(settings, { application: 'a', url, priority: 0 })).toBe(4)
  })
})

/** Small texts over few letters, so that patterns meet. */
const texts = ['', 'a', 'b', 'ab', 'ba', 'aab', 'abb', 'abab', 'a.b', 'A1_-', 'x\ny', '/a/b?c=1']

describe('a URL pattern', () => {
  it.each([
    'a',
    '^a',
    'a$',
    '^$',
    '^ab?$',
    'a*b',
    '^(ab)+$',
    'a|b',
    '^(a|bb)*$',
    '(?:a|)b',
    '[ab]',
    '[^a]',
    '^[a-c.]+$',
    String.raw`a\.b`,
    String.raw`\d`,
    String.raw`^\w+$`,
    '.',
    '^.*$',
    'a{2}',
    '^a{1,2}b{0,}$',
    '^(a{0,2}b){2}$',
    '.*?b',
    String.raw`[\d_-]`,
    String.raw`\W`,
    '()',
    String.raw`\S\s\S`,
    '(a|b)(a|b)(a|b)',
    String.raw`^/a/.*\?c=\d+$`,
    'a{',
    'x{,2}',
    '(^a|b$)',
  ])('%s matches what it matches elsewhere', (regex) => {
    const pattern = new UrlPattern(regex)
    const found = texts.map((text) => pattern.matches(text, { left: 10_000 }))
    // In Go's engine, and ours without the flag s, a dot is no line feed; the flag m is off.
    expect(found).toEqual(texts.map((text) => new RegExp(regex).test(text)))
  })

  it('takes a bracket right behind the opening one for itself', () => {
    expect(new UrlPattern('^[]a]+$').matches('a]', { left: 1000 })).toBe(true)
    expect(new UrlPattern('^[^]a]+$').matches('a]', { left: 1000 })).toBe(false)
  })

  it('ignores case when it says so', () => {
    const pattern = new UrlPattern('(?i)^HTTPS?://Host[a-f]')
    expect(pattern.matches('http://hOSTF', { left: 1000 })).toBe(true)
    expect(pattern.matches('http://hostg', { left: 1000 })).toBe(false)
  })

  it('is done with a hostile text in linear time, or gives up', () => {
    const text = 'a'.repeat(10_000)
    for (const regex of ['(a*)*b', '(a|a)*b', '.*.*.*.*=.*;', '(a|aa)+$b']) {
      const budget = { left: 1_000_000 }
      expect(new UrlPattern(regex).matches(text, budget)).toBe(false)
      expect(budget.left).toBeGreaterThan(500_000)
    }
    expect(new UrlPattern('(a{0,30}){0,30}b').matches(text, { left: 1_000_000 })).toBe(undefined)
  })

  it('takes nothing, said to repeat, for nothing', () => {
    const deep = `${'('.repeat(40)}${'){1000}'.repeat(40)}`
    expect(new UrlPattern(`^a${deep}b$`).matches('ab', { left: 1000 })).toBe(true)
    expect(new UrlPattern(`^a${deep}b$`).matches('a', { left: 1000 })).toBe(false)
  })

  it.each([
    '(',
    ')',
    '(a',
    '[a',
    '*a',
    'a**',
    'a{2}{3}',
    '\\',
    String.raw`(a)\1`,
    '(?=a)',
    '(?<n>a)',
    '[b-a]',
    'a{1001}',
    'a{2,1}',
    '[[:alpha:]]',
    String.raw`\b`,
    '(a{100}){100}',
    String.raw`[\d-x]y(`,
  ])('%s is refused', (regex) => {
    expect(() => new UrlPattern(regex)).toThrow(
      expect.objectContaining({ code: 'SCHED_SETTINGS_INVALID' }),
    )
  })
})
