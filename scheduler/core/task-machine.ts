// The life of a task.
import type { TaskState } from './vocabulary.ts'

/** What happens to a task. */
export type TaskEvent = 'download' | 'succeed' | 'fail' | 'leave'

const transitions: Record<TaskEvent, { from: readonly TaskState[]; to: TaskState }> = {
  download: { from: ['Pending', 'Succeeded', 'Failed', 'Leave'], to: 'Running' },
  succeed: { from: ['Leave', 'Running', 'Failed'], to: 'Succeeded' },
  fail: { from: ['Running'], to: 'Failed' },
  leave: { from: ['Pending', 'Running', 'Succeeded', 'Failed'], to: 'Leave' },
}

/** The state after `event`; undefined when the event is not legal in `state`. */
export function taskAfter(state: TaskState, event: TaskEvent): TaskState | undefined {
  const transition = transitions[event]
  return transition.from.includes(state) ? transition.to : undefined
}
