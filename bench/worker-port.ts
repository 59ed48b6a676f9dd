// The other end of a worker: a table of what it answers.

interface Question {
  readonly question: number
  readonly type: string
  readonly details: unknown
}

/** Answers questions of the process that started this one; ends when that one is gone. */
export function serve(answers: Readonly<Record<string, (details: never) => unknown>>): void {
  process.on('message', ({ question, type, details }: Question) => {
    const answer = answers[type] as ((details: unknown) => unknown) | undefined
    Promise.resolve()
      .then(() => {
        if (answer === undefined) throw new Error(`nobody answers ${type}`)
        return answer(details)
      })
      .then(
        (value) => process.send?.({ question, value }),
        (error: unknown) => process.send?.({ question, error: String(error) }),
      )
  })
  process.on('disconnect', () => process.exit(0))
}
