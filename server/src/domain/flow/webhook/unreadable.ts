import type { Queryable } from '../../../database/database.ts'
import { sql } from '../../../database/sql.ts'
import type { Id } from '../../../id.ts'
import type { Json } from '../../../json.ts'
import type { FieldProblem } from '../../../problem.ts'
import { problemsOf } from './config.ts'

export type UnreadableWebhook = { id: Id<'trigger'>; ref: string; problems: FieldProblem[] }

/** The open webhooks that refuse every call, because what they demand cannot be read. There are few that demand anything. */
export async function findUnreadable(db: Queryable): Promise<UnreadableWebhook[]> {
  const configured = await db.many<{
    id: Id<'trigger'>
    ref: string
    webhook_config: Json
    has_secret: boolean
  }>(sql`
    select t.id, t.ref, t.webhook_config, s.trigger is not null as has_secret
    from trigger t left join webhook_secret s on s.trigger = t.id
    where t.webhook_enabled and t.webhook_config <> '{}'
    order by t.id`)
  return configured.flatMap(({ id, ref, webhook_config, has_secret }) => {
    const problems = problemsOf(webhook_config, has_secret)
    return problems.length === 0 ? [] : [{ id, ref, problems }]
  })
}

/** Correlation ids of open alerts about webhooks that are none of these. */
export async function alertedAndReadable(
  db: Queryable,
  unreadable: readonly UnreadableWebhook[],
): Promise<string[]> {
  const rows = await db.many<{ correlation_id: string }>(sql`
    select correlation_id from alert
    where cleared_at is null and category = 'webhook_configuration'
      and component_id <> all(${unreadable.map(({ id }) => id)}::bigint[])`)
  return rows.map(({ correlation_id }) => correlation_id)
}
