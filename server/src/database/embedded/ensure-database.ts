import { Client } from 'pg'

const NAME = 'attune'

/** Creates the database `attune` with its search path unless it is there. Answers its URL. */
export async function ensureDatabase(serverUrl: string): Promise<string> {
  const client = new Client({ connectionString: `${serverUrl}/postgres` })
  await client.connect()
  try {
    const { rows } = await client.query<{ configured: boolean }>(
      `select s.setconfig is not null as configured
       from pg_database d
       left join pg_db_role_setting s on s.setdatabase = d.oid and s.setrole = 0
       where d.datname = $1`,
      [NAME],
    )
    if (rows.length === 0) await client.query(`create database ${NAME}`)
    // Apart from the creation, which takes no transaction: a crash may have come between the two.
    if (rows[0]?.configured !== true)
      await client.query(`alter database ${NAME} set search_path = attune, public`)
  } finally {
    await client.end()
  }
  return `${serverUrl}/${NAME}`
}
