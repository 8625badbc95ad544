import type { Queryable, Transaction } from '../../../database/database.ts'
import { selectPage } from '../../../database/page.ts'
import { json, sql } from '../../../database/sql.ts'
import type { Id } from '../../../id.ts'
import type { TestExecution, TestResult, TriggerReason } from './pack-test.ts'

const columns = sql`
  id, pack_id as "packId", pack_version as "packVersion", execution_time as "executionTime",
  trigger_reason as "triggerReason", total_tests as "totalTests", passed, failed, skipped,
  pass_rate::float8 as "passRate", duration_ms as "durationMs", result, created`

/** Keeps a run of a pack's tests. */
export function insert(
  tx: Transaction,
  pack: Id<'pack'>,
  result: TestResult,
  reason: TriggerReason,
): Promise<TestExecution> {
  return tx.one(sql`
    insert into pack_test_execution
      (pack_id, pack_version, execution_time, trigger_reason, total_tests, passed, failed, skipped, pass_rate,
       duration_ms, result)
    values
      (${pack}, ${result.packVersion}, ${result.executionTime}, ${reason}, ${result.totalTests}, ${result.passed},
       ${result.failed}, ${result.skipped}, ${result.passRate}, ${result.durationMs}, ${json(result)})
    returning ${columns}`)
}

/** The runs of a pack's tests, newest first. */
export function list(db: Queryable, pack: Id<'pack'>, page: { limit: number; offset: number }) {
  return selectPage<TestExecution>(
    db,
    {
      columns,
      from: sql`pack_test_execution`,
      where: sql`pack_id = ${pack}`,
      order: sql`execution_time desc, id desc`,
    },
    page,
  )
}

export function findLatest(db: Queryable, pack: Id<'pack'>): Promise<TestExecution | undefined> {
  return db.maybe(sql`
    select ${columns} from pack_test_execution where pack_id = ${pack} order by execution_time desc, id desc limit 1`)
}
