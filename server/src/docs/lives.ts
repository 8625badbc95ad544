import * as enforcement from '../domain/flow/enforcement/status.ts'
import * as execution from '../domain/flow/execution/status.ts'
import * as worker from '../domain/flow/worker/status.ts'
import * as environment from '../domain/packs/pack-environment/status.ts'
import * as deadLetter from '../domain/watch/dead-letter/status.ts'
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
  enforcement: {
    title: 'The life of an enforcement',
    intro: `An enforcement is one rule that fired for one event. ${guarded}`,
    first: 'created',
    statuses: enforcement.enforcementStatuses,
    transitions: enforcement.transitions,
  },
  worker: {
    title: 'The life of a worker',
    intro:
      'A worker is a process that runs actions, or one that keeps sensors, by its name. Whether it gets new work also depends on its heartbeat and its cordon.',
    first: 'active',
    statuses: worker.workerStatuses,
    transitions: worker.transitions,
  },
  'pack-environment': {
    title: 'The life of the environment of a pack',
    intro: `An environment is what the actions of a pack need on one disk for one runtime. ${guarded} A build holds it by a claim that runs out; whoever claims it then begins anew.`,
    first: 'pending',
    statuses: environment.environmentStatuses,
    transitions: environment.transitions,
  },
  'dead-letter': {
    title: 'The life of a dead letter',
    intro: `A dead letter is a message that was put aside. ${guarded}`,
    first: 'open',
    statuses: deadLetter.deadLetterStatuses,
    transitions: deadLetter.transitions,
  },
}
