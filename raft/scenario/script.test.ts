// The script language itself: what it refuses, and that its expectations can fail.
import { describe, expect, test } from 'vitest'
import { runScript } from './script-runner.ts'

const head = 'group voters 1 2 3'

function run(...lines: string[]): string {
  return runScript('story', [head, ...lines].join('\n'))
}

describe('scripts', () => {
  test.each([
    ['dance 1', 'story:2: unknown command "dance"'],
    ['quietly dance 1', 'story:2: unknown command "dance"'],
    ['campaign', 'story:2: replica is missing'],
    ['campaign one', 'story:2: replica is no number: "one"'],
    ['campaign 7', 'story:2: there is no replica 7'],
    ['campaign 1 2', 'story:2: "2" is not understood'],
    ['deliver gossip', 'story:2: unknown message type "gossip"'],
    ['transfer 1 2', 'story:2: "to" is missing'],
    ['with luck on', 'story:2: unknown option "luck"'],
    ['with pre-vote maybe', 'story:2: unknown switch "maybe"'],
    ['change 1 slowly add-voter 4', 'story:2: unknown transition "slowly"'],
    ['change 1 auto adopt 4', 'story:2: unknown operation "adopt"'],
    ['image 1 to 2 lost', 'story:2: unknown end "lost"'],
    ['group voters 1 more', 'story:2: "more" is not understood'],
    ['release letters', 'story:2: nothing is held as "letters"'],
    ['elect 1 please', 'story:2: "please" is not understood'],
    ['show', 'story:2: view is missing'],
  ])('"%s" is refused: %s', (line, message) => {
    expect(() => run(line)).toThrow(message)
  })

  test('the head ends at the first command', () => {
    expect(() => run('campaign 1', 'with pre-vote off')).toThrow(
      'story:3: "with" belongs into the head',
    )
  })

  test.each([
    ['expect 1 role leader', 'story:2: role of 1 is follower, not leader'],
    ['expect 1 mood good', 'story:2: unknown fact "mood"'],
    ['expect 1 role', 'story:2: value is missing'],
    ['expect miracles', 'story:2: "miracles" cannot be expected'],
    ['expect refused not-leader', 'story:2: found "" instead of "not-leader"'],
    ['expect wire 1>2 vote', 'story:2: found "" instead of "1>2 vote"'],
    ['expect sent 1>2 vote 1', 'story:2: 0 were sent, not 1'],
    ['expect log 1 1 1', 'story:2: found "" instead of "1 1"'],
    ['expect texts 1 a', 'story:2: found "" instead of "a"'],
    ['expect reads 1 7:1', 'story:2: found "" instead of "7:1"'],
    ['expect works 1 writes 1 applies 0', 'story:2: found "writes 0 applies 0"'],
    ['expect configuration 1 id 0 voters 1', 'story:2: found "id 0 voters 1 2 3"'],
    ['expect progress 1 of 2 match 1', 'story:2: 1 keeps no progress of 2'],
  ])('an expectation that does not hold fails: %s', (line, message) => {
    expect(() => run(line)).toThrow(message)
  })

  test('refusals of the last command stay until the next one', () => {
    const refused = ['propose 2 x', 'expect refused not-leader', 'expect refused not-leader']
    expect(() => run(...refused, 'elect 1', 'expect accepted')).toThrow('story:6')
    expect(() => run(...refused, 'campaign 1', 'expect accepted')).not.toThrow()
    expect(() => run('propose 2 x', 'expect accepted')).toThrow('found "not-leader"')
  })

  test('facts and progress of a settled group', () => {
    const lines = ['elect 1', 'expect 1 role leader term 1 commit 1 applied 1 leader 1 vote 1']
    expect(() => run(...lines, 'expect progress 1 of 2 state replicate match 1')).not.toThrow()
    expect(() => run(...lines, 'expect progress 1 of 2 match 4')).toThrow('match of 2 is 1, not 4')
  })

  test('a transcript repeats every line and tells below it what happened', () => {
    const quiet = runScript('lone', 'group voters 1\n\n# A story.\nquietly elect 1\n')
    expect(quiet.split('\n')).toEqual([
      'group voters 1',
      '',
      '# A story.',
      'quietly elect 1',
      '  1: leader, term 1, vote 1, leader 1, last 1@1, stable 1, commit 1, applied 1',
      '',
    ])
    const loud = runScript('lone', 'group voters 1\nelect 1\nread 1 id 4\nwork 1\nshow log 1\n')
    expect(loud.split('\n').slice(2)).toEqual([
      '  1: candidate, term 1, vote 1',
      '  1 writes term 1 vote 1 commit 0',
      '  1: leader, leader 1, last 1@1',
      '  1 writes 1@1 noop, term 1 vote 1 commit 0',
      '  1: stable 1, commit 1',
      '  1 applies 1@1 noop',
      '  1: applied 1',
      'read 1 id 4',
      'work 1',
      '  1 answers read 4 at index 1',
      'show log 1',
      '  1: after 0: 1',
      '',
    ])
  })

  test('held messages arrive late', () => {
    const lines = [
      'campaign 1',
      'work 1',
      'hold late',
      'elect 3',
      'expect sent 2>1 pre-vote-reply 0',
    ]
    expect(() =>
      run(...lines, 'release late', 'settle', 'expect sent 2>1 pre-vote-reply 1'),
    ).not.toThrow()
    expect(() => run(...lines, 'release late', 'release late')).toThrow('nothing is held')
  })
})
