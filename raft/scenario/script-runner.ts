// Runs a scenario script and returns its transcript: every command, and below it what it did. The
// language is described in README.md beside this file.
import { actVerbs } from './script-acts.ts'
import { checkExpectation } from './script-expect.ts'
import { requestVerbs } from './script-requests.ts'
import { ScriptSetup, setupVerbs } from './script-setup.ts'
import { Stage } from './script-stage.ts'
import { parseScript, ScriptError, Words } from './script.ts'
import type { ScriptLine } from './script.ts'

/** Lines of the transcript that an error repeats. */
const toldLinesMax = 40

const verbs = new Map(Object.entries({ ...requestVerbs, ...actVerbs }))

/** Runs the script `text`; throws a ScriptError that names `name` and the line. */
export function runScript(name: string, text: string): string {
  const setup = new ScriptSetup()
  const head: string[] = []
  let stage: Stage | undefined
  for (const line of parseScript(name, text)) {
    const verb = setupVerbs.find((candidate) => candidate === line.verb)
    if (verb !== undefined) {
      if (stage !== undefined) throw new ScriptError(line, `"${verb}" belongs into the head`)
      setup.take(verb, new Words(line))
    }
    if (stage === undefined && (verb !== undefined || line.verb === '')) {
      head.push(line.text)
      continue
    }
    stage ??= new Stage(setup.build())
    try {
      play(stage, line)
    } catch (error) {
      throw failure(line, error, stage.told.lines)
    }
  }
  stage?.told.end()
  return `${[...head, ...(stage?.told.lines ?? [])].join('\n').trimEnd()}\n`
}

function play(stage: Stage, line: ScriptLine): void {
  const { told } = stage
  told.begin(line.text)
  if (line.verb === '') return
  const isQuiet = line.verb === 'quietly'
  const [name = '', ...rest] = isQuiet ? line.words : [line.verb, ...line.words]
  const words = new Words({ ...line, words: rest })
  if (name === 'expect') return checkExpectation(stage.scenario, told.refusals, words)
  const verb = verbs.get(name)
  if (verb === undefined) return words.fail(`unknown command "${name}"`)
  told.forgetRefusals()
  told.isQuiet = isQuiet
  verb(stage, words)
  words.end()
  told.observe()
  told.isQuiet = false
  if (isQuiet) told.observe()
}

/** Names the line, whatever failed there, and repeats what happened before. */
function failure(line: ScriptLine, error: unknown, transcript: readonly string[]): ScriptError {
  const message = error instanceof Error ? error.message : String(error)
  const what = error instanceof ScriptError ? error.what : message
  const story = transcript.slice(-toldLinesMax).join('\n')
  return new ScriptError(line, `${what}\n${story}`, { cause: error })
}
