import pg from 'pg'
import { Problem } from '../problem.ts'

/** What a violated constraint means to the caller; undefined when the error is not the caller's doing. */
export function refusalOf(error: unknown): Problem | undefined {
  if (!(error instanceof pg.DatabaseError)) return undefined
  const constraint = error.constraint ?? ''
  switch (error.code ?? '') {
    case '23505':
      return new Problem('CONFLICT', `${subject(error)} already exists (${constraint}); choose another one.`)
    case '23503':
      return new Problem(
        'UNPROCESSABLE_ENTITY',
        `${subject(error)} refers to something that does not exist or is still in use (${constraint}).`,
      )
    case '23514':
    case '23502':
      return new Problem(
        'UNPROCESSABLE_ENTITY',
        `${subject(error)} breaks a rule of the store (${constraint || error.column}).`,
      )
    case 'AT409': // what our own triggers refuse, in words for the caller
      return new Problem('CONFLICT', error.message)
    case '22P05':
    case '22021':
      return new Problem(
        'UNPROCESSABLE_ENTITY',
        'The text contains a character that cannot be stored (NUL or a lone surrogate); remove it.',
      )
    default:
      return undefined
  }
}

/**
 * Classes and codes of a database that is away, busy, starting, stopping, failing over, refusing the log-in or that chose
 * a victim: 08 connection, 28 log-in, 3D000 no such database (it is being restored), 40 rollback, 53 resources,
 * 57 intervention, 25P03 and 25P04 transactions that took too long, 25006 a standby, 55P03 a lock.
 */
const transientCodes = /^(08|28|3D000|40|53|57|58030|25006|25P03|25P04|55P03)/

/** Of sockets and name look-ups. ENOENT is one only when a socket file is dialled. */
const transientErrno =
  /^(ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOST|ENET|EADDRNOTAVAIL|ERR_STREAM_(DESTROYED|WRITE_AFTER_END|PREMATURE_CLOSE)|ERR_SOCKET_)/

/** What the driver says in words only. */
const transientWords =
  /[Cc]onnection terminated|timeout exceeded when trying to connect|Client (has encountered a connection error|was closed)|Query read timeout|timeout expired/

/**
 * Whether trying the same again later may work: the work is not to blame. Errors are looked into to their cause, so that
 * whoever adds meaning to one does not hide that it was an outage.
 */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (error instanceof pg.DatabaseError) return transientCodes.test(error.code ?? '')
  if (isLostConnection(error)) return true
  if (error instanceof AggregateError && error.errors.length > 0) return error.errors.every(isTransient)
  return error.cause !== undefined && isTransient(error.cause)
}

function isLostConnection(error: Error): boolean {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  const dialled = code === 'ENOENT' && 'syscall' in error && error.syscall === 'connect'
  return dialled || transientErrno.test(code) || transientWords.test(error.message)
}

/**
 * Codes and words of a limit of ours that ended the work: a statement (57014, or one whose answer did not come), a
 * transaction that took too long or stood idle (25P03, 25P04). Trying the same again may take as long again.
 */
const ownLimitCodes = /^(57014|25P03|25P04)$/
const ownLimitWords = /Query read timeout/

/** Whether the driver has waited for an answer for too long: the server is busy with it, or there is none any more. */
export function isUnanswered(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof pg.DatabaseError) return false
  return ownLimitWords.test(error.message) || (error.cause !== undefined && isUnanswered(error.cause))
}

/** Whether the work was ended because it took too long. Looks into causes, as `isTransient` does. */
export function tookTooLong(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (error instanceof pg.DatabaseError) return ownLimitCodes.test(error.code ?? '')
  return ownLimitWords.test(error.message) || (error.cause !== undefined && tookTooLong(error.cause))
}

/** Whether the database answered that it does not know us, or has no such database: a start that waits will not help. */
export function isRefusedLogin(error: unknown): boolean {
  return error instanceof pg.DatabaseError && /^(28|3D000)/.test(error.code ?? '')
}

function subject(error: pg.DatabaseError): string {
  return error.table === undefined ? 'The value' : `The ${error.table.replaceAll('_', ' ')}`
}
