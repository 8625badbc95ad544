import type { Queryable } from '../../../database/database.ts'
import type { Route } from '../../../http/route.ts'
import { createBody, updateBody } from '../form/field.ts'
import { definitionRoutes } from '../form/routes.ts'
import { findVersions } from './queries.ts'
import { type Runtime, runtime, RuntimeDetail, RuntimeSummary } from './runtime.ts'
import { createRuntime, deleteRuntime, updateRuntime } from './write.ts'

/** Runtimes: what actions and sensors are run by. */
export function runtimeRoutes(): Route[] {
  return definitionRoutes(runtime, {
    plural: 'runtimes',
    named: 'a runtime',
    summary: RuntimeSummary,
    detail: RuntimeDetail,
    show: async (row: Runtime, { db }: { db: Queryable }) => ({
      ...row,
      versions: await findVersions(db, row.id),
    }),
    documents: ['installation', 'distributions', 'execution_config'],
    create: {
      said: { description: 'It says which programs workers start: whoever makes one runs code.' },
      body: createBody(runtime.fields, 'CreateRuntime'),
      handle: async (writing, body) => ({ row: await createRuntime(writing, body) }),
    },
    update: {
      said: { description: 'What is not given, or null, stays; `{"op": "clear"}` clears.' },
      body: updateBody(runtime.fields, 'UpdateRuntime'),
      handle: updateRuntime,
    },
    remove: {
      said: { description: 'The sensors that run by it go too. Actions that run by it keep it.' },
      handle: deleteRuntime,
    },
  })
}
