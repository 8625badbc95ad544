import * as execution from '../domain/flow/execution/status.ts'
import type { Life } from './states-page.ts'

const guarded =
  'Every step below is one statement that names the status it starts from: who comes second changes nothing. A step and the messages that it causes commit together.'

/** Every noun with a life, by the name of its page. */
export const lives: Readonly<Record<string, Life>> = {
  execution: {
    title: 'The life of an execution',
    intro: `An execution is one run of an action. ${guarded} An end is final; another attempt is another execution that names the first one.`,
    first: 'requested',
    statuses: execution.executionStatuses,
    transitions: execution.transitions,
  },
}
