import type { Queryable } from '../src/database/database.ts'
import * as given from './given.ts'

/** A pack with the shell runtime and an action whose script is given inline, as one made through the API has it. */
export async function shellAction(
  db: Queryable,
  script: string,
  columns: Readonly<Record<string, unknown>> = {},
) {
  const pack = await given.pack(db)
  const runtime = await given.runtime(db, {
    pack: pack.id,
    name: 'Shell',
    aliases: ['shell', 'bash', 'sh'],
    distributions: { verification: { always_available: true } },
    execution_config: {
      interpreter: { binary: '/bin/bash', args: [], file_extension: '.sh' },
      inline_execution: { strategy: 'temp_file', extension: '.sh', inject_shell_helpers: true },
    },
  })
  return given.action(db, {
    pack: pack.id,
    runtime: runtime.id,
    entrypoint: script,
    is_adhoc: true,
    ...columns,
  })
}
