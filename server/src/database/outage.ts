import pg from 'pg'
import { isTransient, isUnanswered } from './violation.ts'

/** What keeps the database from working, by its code or the class of it: a sentence, and what a person does about it. */
const sentences: readonly (readonly [code: RegExp, sentence: string])[] = [
  [
    /^53100/,
    'The disk of the database is full; free space on it or enlarge it, and what waits goes on by itself.',
  ],
  [
    /^53200/,
    'The database has no memory left; give it more, or lower its work_mem or the number of its connections.',
  ],
  [
    /^53300/,
    'The database has no connection left; raise its max_connections, or lower database.max_connections and database.api_connections.',
  ],
  [/^53400/, 'A limit in the configuration of the database is reached; its log names it, raise it there.'],
  [/^53/, 'The database has too little of what it needs; its log says of what.'],
  [
    /^25006/,
    'The database takes no writes: it is a standby, or default_transaction_read_only is on; point database.url to the primary, or turn that off.',
  ],
  [/^58030/, 'The database cannot read or write its disk; see its log and the health of the disk.'],
  [
    /^57P01/,
    'The database ended the connection, because it stops or an administrator said so; try again shortly.',
  ],
  [
    /^57P02/,
    'The database ended the connection, because one of its processes crashed; try again shortly, and see its log.',
  ],
  [/^57P03/, 'The database is starting, stopping or recovering; try again shortly.'],
  [/^57P05/, 'The database ended a connection that stood idle; raise its idle_session_timeout.'],
  [
    /^(57P04|3D000)/,
    'The database of database.url does not exist; create or restore it, or correct the name.',
  ],
  [/^28/, 'The database refuses the log-in; correct the user and the password in database.url.'],
  [/^40/, 'The database ended this in favour of others that it collided with; try again.'],
  [/^55P03/, 'Somebody holds a lock in the database for too long; try again, and see who in pg_locks.'],
  [/^(25P03|25P04|57014)/, 'The database ended this because it took too long; try again later.'],
]

const AWAY = 'The database does not answer; try again shortly.'

/** What an outage of the database is, in a sentence for whoever asks; undefined where the error is none. */
export function outageSentence(error: unknown): string | undefined {
  if (isUnanswered(error)) return AWAY
  if (!isTransient(error)) return undefined
  const code = codeOf(error)
  return sentences.find(([pattern]) => pattern.test(code))?.[1] ?? AWAY
}

/** The same for logs and readiness, with the words of the server or the system; just these where it is no outage. */
export function outageText(error: unknown): string {
  const words = error instanceof Error && error.message !== '' ? error.message : String(error)
  const sentence = outageSentence(error)
  return sentence === undefined ? words : `${sentence} (${words})`
}

/** The code that the server gave, on the error or what caused it. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return ''
  if (error instanceof pg.DatabaseError) return error.code ?? ''
  const inner = error instanceof AggregateError ? error.errors[0] : error.cause
  return inner === undefined ? '' : codeOf(inner)
}
