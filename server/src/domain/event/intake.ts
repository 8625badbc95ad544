import type { Database } from '../../database/database.ts'
import { NaturalBatch } from '../../natural-batch.ts'
import type { NewEvent } from './event.ts'
import { create, type Stored } from './queries.ts'

/** Takes single events of concurrent requests and stores those of a moment in one transaction. */
export type EventIntake = { accept(event: NewEvent): Promise<Stored> }

export function createEventIntake(database: Database): EventIntake {
  const batch = new NaturalBatch<NewEvent, Stored>((events) => database.transaction((tx) => create(tx, events)), {
    max: 200,
    lanes: 2,
  })
  return { accept: (event) => batch.add(event) }
}
