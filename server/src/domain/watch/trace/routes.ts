import { Type } from 'typebox'
import { rowId } from '../../../http/parameter.ts'
import { item, read, type Route } from '../../../http/route.ts'
import { Problem } from '../../../problem.ts'
import { assemble } from './assemble.ts'
import { fromEvent, fromExecution } from './find.ts'
import { traceVisibilityOf } from './visibility.ts'
import { Trace } from './trace.ts'

const description =
  'The whole flow with its timings, and the reason wherever something did not happen. Sections that the caller may not read are left out and named in `withheld`.'

/** Traces: what came of an event, and where an execution comes from. */
export function traceRoutes(): Route[] {
  return [eventTrace, executionTrace]
}

const eventTrace = read({
  method: 'GET',
  path: '/api/v1/events/{id}/trace',
  summary: 'What became of an event, and why',
  description,
  tag: 'events',
  access: ['events', 'read'],
  scoped: true,
  tokens: ['access', 'execution'],
  params: Type.Object({ id: rowId('event') }),
  success: { 200: item(Trace) },
  refusals: [404],
  async handle({ db, params: { id }, caller }) {
    const found = await fromEvent(db, id, traceVisibilityOf(caller))
    if (found === undefined) throw new Problem('NOT_FOUND', `There is no event ${id}.`)
    return { data: assemble(found) }
  },
})

const executionTrace = read({
  method: 'GET',
  path: '/api/v1/executions/{id}/trace',
  summary: 'Where an execution comes from, and why it is where it is',
  description,
  tag: 'executions',
  access: ['executions', 'read'],
  scoped: true,
  tokens: ['access', 'execution'],
  params: Type.Object({ id: rowId('execution') }),
  success: { 200: item(Trace) },
  refusals: [404],
  async handle({ db, params: { id }, caller }) {
    const found = await fromExecution(db, id, traceVisibilityOf(caller))
    if (found === undefined) throw new Problem('NOT_FOUND', `There is no execution ${id}.`)
    return { data: assemble(found) }
  },
})
