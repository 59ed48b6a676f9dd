// What a command does or would do, for people and programs.
import type { clusterV1 } from '../proto/index.ts'
import { textTable } from './text-table.ts'

type Plan = clusterV1.Plan__Output

/** Steps, warnings, and the fault tolerance before and after. */
export function planText({ steps, warnings, before, after }: Plan): string {
  const lines = steps.map((step, i) => `${i + 1}. ${step}`)
  for (const warning of warnings) lines.push(`warning: ${warning}`)
  const text = lines.length === 0 ? 'nothing to do\n' : `${lines.join('\n')}\n`
  if (before === null || after === null) return text
  return `${text}\n${toleranceTable(before, after)}`
}

type Tolerance = clusterV1.FaultTolerance__Output

function toleranceTable(before: Tolerance, after: Tolerance): string {
  const row = (name: string, { voters, quorum, active, canLose }: Tolerance): string[] => [
    name,
    ...[voters, quorum, active, canLose].map(String),
  ]
  const header = ['', 'VOTERS', 'QUORUM', 'ACTIVE', 'CAN LOSE']
  return textTable(header, [row('before', before), row('after', after)])
}

/** The same as JSON. */
export function planShape(plan: Plan): Readonly<Record<string, unknown>> {
  const { steps, warnings, before, after } = plan
  return { steps, warnings, before, after }
}
