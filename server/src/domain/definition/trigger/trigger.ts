import { type Static, Type } from 'typebox'
import { sql } from '../../../database/sql.ts'
import { anyJson, id, nullable } from '../../../database/row.ts'
import { publish } from '../../../messages/publish.ts'
import type { Caller } from '../../caller/caller.ts'
import type { Permission } from '../../caller/permission.ts'
import { given, shortText } from '../../schema/body-fields.ts'
import { credential, shownCredential } from '../../access/permission/credential.ts'
import { define } from '../form/definition.ts'
import {
  clearableDocument,
  dates,
  description,
  detailOf,
  hidden,
  kept,
  label,
  parameterSchema,
  plain,
  ref,
  rowSchema,
  summaryOf,
  unlisted,
} from '../form/field.ts'
import { flag } from '../form/file-key.ts'

/** A kind of event: what rules are made on. */
export const trigger = define({
  kind: 'trigger',
  resource: 'triggers',
  table: {
    from: sql`trigger d`,
    insert: sql`insert into trigger as d`,
    update: sql`update trigger d set`,
    delete: sql`delete from trigger d`,
    row: sql`null::attune.trigger`, // without its schema, trigger is a type of PostgreSQL's own
  },
  origin: { column: 'is_adhoc', of_file: false },
  fields: {
    id: kept(id('trigger')),
    ref,
    pack: unlisted(kept(nullable(id('pack')))),
    pack_ref: { row: nullable(Type.String()), create: given(shortText) },
    label,
    description,
    enabled: {
      ...plain(Type.Boolean(), Type.Boolean(), true),
      file: { enabled: flag('true when missing.') },
    },
    file_enabled: hidden(kept(nullable(Type.Boolean()))),
    is_adhoc: unlisted(kept(Type.Boolean())),
    param_schema: unlisted({
      ...clearableDocument,
      ...parameterSchema(['parameters', 'What a rule tells the sensor.']),
    }),
    out_schema: unlisted({ ...clearableDocument, ...parameterSchema(['output', 'What an event carries.']) }),
    webhook_enabled: kept(Type.Boolean()),
    webhook_key: unlisted(kept(nullable(Type.String()))),
    /** It may hold the secret that signs its webhooks. */
    webhook_config: hidden(kept(nullable(anyJson))),
    sensor: unlisted(kept(nullable(id('sensor')))),
    sensor_ref: kept(nullable(Type.String())),
    ...dates,
  },
  /** The sensor that serves it hears of it. */
  announce: (tx, { id, ref }, correlation_id) =>
    publish(tx, 'TriggerChanged', [{ payload: { trigger_id: id, trigger_ref: ref }, correlation_id }]),
})

export const Trigger = rowSchema(trigger.fields)
export type Trigger = Static<typeof Trigger>

/** What shows the key of the webhook: whoever may replace it may know it. */
const showsKey: Permission = ['triggers', 'update']

/** A trigger as it is shown. */
export const TriggerDetail = Type.Object(
  { ...detailOf(trigger.fields), webhook_key: credential(showsKey) },
  { title: 'TriggerDetail' },
)
export type TriggerDetail = Static<typeof TriggerDetail>

/** A trigger for this caller. */
export function shownTrigger(caller: Caller, trigger: Trigger): TriggerDetail {
  const { id, ref, pack_ref, webhook_key } = trigger
  return {
    ...trigger,
    webhook_key: shownCredential(caller, showsKey, { id, ref, pack_ref }, webhook_key),
  }
}

/** A trigger in lists. */
export const TriggerSummary = Type.Object(summaryOf(trigger.fields), { title: 'TriggerSummary' })
