import { Type } from 'typebox'
import type { Transaction } from '../../../database/database.ts'
import type { Route } from '../../../http/route.ts'
import type { Caller } from '../../caller/caller.ts'
import { createBody, updateBody } from '../form/field.ts'
import { definitionRoutes, switchRoutes } from '../form/routes.ts'
import { apply, checkChange, checkNew, make, remove, switchOn } from '../form/write.ts'
import { shownTrigger, type Trigger, trigger, TriggerDetail, TriggerSummary } from './trigger.ts'

/** What triggers have to do with that are above them: rules that name one that is there again are tied to it. */
type TriggerDeps = { relink(tx: Transaction, refs: { triggers: readonly string[] }): Promise<unknown> }

const words = {
  plural: 'triggers',
  named: 'a trigger',
  summary: TriggerSummary,
  detail: TriggerDetail,
  show: (row: Trigger, { caller }: { caller: Caller }) => shownTrigger(caller, row),
}

/** Triggers: what can happen. */
export function triggerRoutes({ relink }: TriggerDeps): Route[] {
  return [
    ...definitionRoutes(trigger, {
      ...words,
      filters: { pack_ref: Type.Optional(Type.String()), enabled: Type.Optional(Type.Boolean()) },
      documents: ['param_schema', 'out_schema'],
      create: {
        body: createBody(trigger.fields, 'CreateTrigger'),
        async handle(writing, body) {
          const row = await make(trigger, writing, await checkNew(trigger, writing, body))
          await relink(writing.tx, { triggers: [row.ref] })
          return { row }
        },
      },
      update: {
        said: { description: 'What is not given, or null, stays; `{"op": "clear"}` clears.' },
        body: updateBody(trigger.fields, 'UpdateTrigger'),
        handle: async (writing, ref, body) =>
          apply(trigger, writing, await checkChange(trigger, writing, { ref, body })),
      },
      remove: {
        said: { description: 'Rules and events keep its ref; the log of its webhook goes.' },
        handle: (writing, ref) => remove(trigger, writing, ref),
      },
    }),
    /** A disabled trigger refuses events, and its rules do not match. */
    ...switchRoutes(trigger, {
      ...words,
      handle: (writing, ref, enabled) => switchOn(trigger, writing, ref, enabled),
    }),
  ]
}
