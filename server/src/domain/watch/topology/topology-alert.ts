import type { Queryable, Transaction } from '../../../database/database.ts'
import { sql } from '../../../database/sql.ts'
import type { TopologyFault } from '../../../messages/inspection.ts'
import type { AlertOccurrence } from '../alert/alert.ts'
import { clear, raise } from '../alert/raise.ts'

const PREFIX = 'topology:'

/** Raises an alert for each object that is at fault, and clears those whose object no live process complains of. */
export async function raiseTopologyAlert(
  tx: Transaction,
  faults: readonly TopologyFault[],
  cooldownSeconds: number,
): Promise<readonly string[]> {
  const announced = await raise(tx, sightingsOf(faults), cooldownSeconds)
  const healed = await openWithoutFault(tx)
  if (healed.length > 0) await clear(tx, healed)
  return announced.map(({ failure_type }) => failure_type)
}

/** One sighting an object: several faults of it are one trouble. */
function sightingsOf(faults: readonly TopologyFault[]): AlertOccurrence[] {
  const objects = [...new Set(faults.map(({ object }) => object))]
  return objects.map((object): AlertOccurrence => {
    const ofObject = faults.filter((fault) => fault.object === object)
    const [first] = ofObject
    return {
      correlation_id: `${PREFIX}${object}`,
      severity: ofObject.some(({ kind }) => kind === 'consumer_stopped') ? 'warning' : 'error',
      category: 'messaging',
      failure_type: `topology_${first?.kind ?? 'unknown'}`,
      component_type: 'queue',
      component_ref: object,
      summary: ofObject.map(({ problem, remedy }) => `${problem} ${remedy}`).join(' '),
      details: { faults: ofObject.map((fault) => ({ ...fault })) },
    }
  })
}

async function openWithoutFault(db: Queryable): Promise<string[]> {
  const rows = await db.many<{ correlation_id: string }>(sql`
    select correlation_id from alert
    where cleared_at is null and starts_with(correlation_id, ${PREFIX})
      and not exists (
        select from topology_finding f, jsonb_array_elements(f.faults) fault
        where f.expires_at > now() and ${PREFIX} || (fault->>'object') = correlation_id)`)
  return rows.map(({ correlation_id }) => correlation_id)
}
