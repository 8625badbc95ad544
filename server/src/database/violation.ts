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

/** Whether trying the same again later may work: the database was away, busy, or chose a victim. */
export function isTransient(error: unknown): boolean {
  if (error instanceof pg.DatabaseError) return /^(08|40|53|55P03|57)/.test(error.code ?? '')
  if (!(error instanceof Error)) return false
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  return (
    /^(ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN)/.test(code) ||
    /[Cc]onnection terminated|timeout exceeded when trying to connect|Client has encountered a connection error/.test(
      error.message,
    )
  )
}

function subject(error: pg.DatabaseError): string {
  return error.table === undefined ? 'The value' : `The ${error.table.replaceAll('_', ' ')}`
}
