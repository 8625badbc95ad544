import { type Static, Type } from 'typebox'
import type { Queryable } from '../../../database/database.ts'
import { nullable, timestamp } from '../../../database/row.ts'
import { sql } from '../../../database/sql.ts'
import type { Id } from '../../../id.ts'

/** Where the grid of a rule begins, and how far it has come: what a timer needs to go on where another one ended. */
export const RuleSchedule = Type.Object(
  {
    anchor: Type.Unsafe<string>({
      ...timestamp,
      description: 'When the rule was made, enabled, or given another trigger or other parameters of it.',
    }),
    last_at: nullable(
      Type.Unsafe<string>({ ...timestamp, description: 'The nominal instant of the newest event.' }),
    ),
    fired: Type.Integer({ description: 'Events since the anchor.' }),
    missed: Type.Integer({ description: 'Instants since the anchor that got no event.' }),
  },
  { title: 'RuleSchedule' },
)
export type RuleSchedule = Static<typeof RuleSchedule>

/** What was told under another anchor counts no more. */
export async function withSchedules<Row extends { id: Id<'rule'> }>(
  db: Queryable,
  rules: readonly Row[],
): Promise<(Row & { schedule?: RuleSchedule })[]> {
  if (rules.length === 0) return []
  const found = await db.many<{ id: Id<'rule'>; schedule: RuleSchedule }>(sql`
    select r.id, jsonb_build_object('anchor', r.schedule_anchor, 'last_at', s.last_at,
      'fired', coalesce(s.fired, 0), 'missed', coalesce(s.missed, 0)) as schedule
    from rule r left join timer_schedule s on s.rule = r.id and s.anchor = r.schedule_anchor
    where r.id = any(${rules.map(({ id }) => id)})`)
  const schedules = new Map(found.map(({ id, schedule }) => [id, schedule]))
  return rules.map((rule) => {
    const schedule = schedules.get(rule.id)
    return schedule === undefined ? rule : { ...rule, schedule }
  })
}
