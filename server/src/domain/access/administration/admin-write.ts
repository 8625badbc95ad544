import type { Transaction } from '../../../database/database.ts'
import { answerableFor } from '../../caller/caller.ts'
import { type Permission } from '../../caller/permission.ts'
import type { Id } from '../../../id.ts'
import { Problem } from '../../../problem.ts'
import type { RequestContext } from '../../caller/request-context.ts'
import { actorOf } from '../../audit/actor.ts'
import { type AuditEntry, record } from '../../audit/record.ts'
import { endSessions } from '../session/end.ts'
import { allows, authorize } from '../../caller/scope.ts'
import type { CreateIdentity, IdentityDetail, UpdateIdentity } from '../identity/admin-identity.ts'
import * as admin from '../identity/admin-queries.ts'
import {
  requireAuthorityForAttributes,
  requireAuthorityOver,
  requireAuthorityOverProvider,
} from '../identity/authority.ts'
import type { Identity } from '../identity/identity.ts'
import { loginNameProblem } from '../identity/login-name.ts'
import { hashPassword } from '../identity/password.ts'
import { refusePlatform } from '../identity/platform.ts'

type Context = RequestContext & { tx: Transaction }
type EndingContext = Context & { ending: AccountEnd }

/** What ends with an account besides its sessions, in its transaction. */
export type AccountEnd = {
  /** Ends its executions; answers how many there were. */
  endExecutions(
    tx: Transaction,
    account: Id<'identity'>,
    why: { reason: string; asking: RequestContext },
  ): Promise<number>
  /** Takes back the tokens of sensors that it asked for. */
  removeSensorTokens(tx: Transaction, account: Id<'identity'>): Promise<unknown>
}

export async function createIdentity(context: Context, body: CreateIdentity): Promise<IdentityDetail> {
  const { tx, caller } = context
  authorize(caller, ['identities', 'create'], { what: 'a new identity' })
  requireLogin(body.login)
  const attributes = body.attributes ?? {}
  requireAuthorityOverProvider(caller, {}, attributes)
  const identity = await admin.insert(tx, {
    login: body.login,
    display_name: body.display_name ?? null,
    password_hash: typeof body.password === 'string' ? await hashPassword(body.password) : null,
    attributes,
  })
  await tell(context, 'created', identity, { password: typeof body.password === 'string' })
  return detailOf(tx, identity.id)
}

function requireLogin(login: string): void {
  const message = loginNameProblem(login)
  if (message !== undefined)
    throw new Problem('VALIDATION_ERROR', `login: ${message}`, [{ field: 'login', message }])
}

export async function updateIdentity(
  context: EndingContext,
  id: Id<'identity'>,
  body: UpdateIdentity,
): Promise<IdentityDetail> {
  const { tx } = context
  const before = await lockFor(context, id, ['identities', 'update'])
  const after = { ...before, ...(await changesOf(context, before, body)) }
  await admin.update(tx, after)
  const ended = after.frozen && !before.frozen ? await endWorkOf(context, after, 'frozen') : {}
  const fields = Object.entries(body).flatMap(([field, value]) => (value === null ? [] : [field]))
  await tell(context, 'updated', after, { fields, ...frozenIfChanged(before, after), ...ended })
  await endAccess(context, before, after)
  return detailOf(tx, id)
}

/** What the body changes, once it is clear that the caller may. */
async function changesOf(
  { tx, caller }: Context,
  before: Identity,
  { display_name, password, attributes, frozen }: UpdateIdentity,
): Promise<Partial<Identity>> {
  const changes: Partial<Identity> = {}
  if (typeof display_name === 'string') changes.display_name = display_name
  if (attributes !== null && attributes !== undefined) {
    await requireAuthorityForAttributes(tx, caller, before.id)
    requireAuthorityOverProvider(caller, before.attributes, attributes)
    changes.attributes = attributes
  }
  if (typeof frozen === 'boolean') {
    await requireMayFreeze({ tx, caller }, before, frozen)
    changes.frozen = frozen
  }
  if (typeof password === 'string') {
    await requireAuthorityOver(tx, caller, before.id, 'its password cannot be set')
    changes.password_hash = await hashPassword(password)
  }
  return changes
}

/** Freezing or the opposite. Harmless when it is so already. */
export async function setFrozen(
  context: EndingContext,
  id: Id<'identity'>,
  frozen: boolean,
): Promise<Identity> {
  const { tx } = context
  const before = await lockFor(context, id, ['identities', 'update'])
  await requireMayFreeze(context, before, frozen)
  const after = { ...before, frozen }
  await admin.update(tx, after)
  const ended = frozen ? await endWorkOf(context, after, 'frozen') : {}
  await tell(context, 'updated', after, { fields: ['frozen'], ...frozenIfChanged(before, after), ...ended })
  await endAccess(context, before, after)
  return after
}

/** A new password, or none for whoever is frozen, is for what comes after it: what was opened before ends. */
async function endAccess(context: EndingContext, before: Identity, after: Identity): Promise<void> {
  const { tx, caller, ending } = context
  const why = after.frozen ? 'frozen' : 'password'
  if (!after.frozen && after.password_hash === before.password_hash) return
  const own = caller.kind === 'access' && caller.identity === after.id ? caller.session : undefined
  await endSessions(tx, { whose: after, kept: own ?? null, why, by: actorOf(context) })
  if (after.frozen) await ending.removeSensorTokens(tx, after.id)
}

/** Taking access away needs no more than the grant; giving it back is giving it. */
async function requireMayFreeze(
  { tx, caller }: Pick<Context, 'tx' | 'caller'>,
  identity: Identity,
  frozen: boolean,
): Promise<void> {
  if (frozen) refuseOwn({ caller }, identity, 'frozen')
  else if (identity.frozen) await requireAuthorityOver(tx, caller, identity.id, 'it cannot be unfrozen')
}

export async function deleteIdentity(context: EndingContext, id: Id<'identity'>): Promise<Identity> {
  const { tx } = context
  const identity = await lockFor(context, id, ['identities', 'delete'])
  refuseOwn(context, identity, 'deleted')
  await admin.remove(tx, id)
  await tell(context, 'deleted', identity, await endWorkOf(context, identity, 'deleted'))
  return identity
}

/** What was to run in the account's name does not, and what runs is stopped. */
async function endWorkOf(
  { tx, ending, ...asking }: EndingContext,
  { id, login }: Identity,
  what: 'frozen' | 'deleted',
): Promise<{ executions_cancelled: number }> {
  const reason = `The account ${login} is ${what}`
  return { executions_cancelled: await ending.endExecutions(tx, id, { reason, asking }) }
}

function refuseOwn({ caller }: Pick<Context, 'caller'>, { id, login }: Identity, done: string): void {
  if (answerableFor(caller) !== id) return
  throw new Problem('BAD_REQUEST', `'${login}' is your own identity and cannot be ${done} by yourself.`)
}

/** The identity for a change. Who may not change it learns that it is there only if they may read it. */
async function lockFor(
  { tx, caller }: Context,
  id: Id<'identity'>,
  permission: Permission,
): Promise<Identity> {
  const identity = await admin.lock(tx, id)
  if (identity === undefined) throw noSuchIdentity(id)
  if (!allows(caller, permission, { id }) && !allows(caller, ['identities', 'read'], { id }))
    throw noSuchIdentity(id)
  authorize(caller, permission, { id, what: `the identity '${identity.login}'` })
  refusePlatform(id)
  return identity
}

async function detailOf(tx: Transaction, id: Id<'identity'>): Promise<IdentityDetail> {
  const identity = await admin.findDetail(tx, id)
  if (identity === undefined) throw noSuchIdentity(id)
  return identity
}

export function noSuchIdentity(id: Id<'identity'>): Problem {
  return new Problem('NOT_FOUND', `There is no identity ${id}.`)
}

function frozenIfChanged(before: Identity, after: Identity): { frozen?: boolean } {
  return before.frozen === after.frozen ? {} : { frozen: after.frozen }
}

function tell(
  context: Context,
  done: 'created' | 'updated' | 'deleted',
  { id, login }: Pick<Identity, 'id' | 'login'>,
  details: NonNullable<AuditEntry['details']>,
): Promise<number> {
  const entry: AuditEntry = {
    category: 'admin',
    event_type: `admin.identity.${done}`,
    outcome: 'success',
    ...actorOf(context),
    resource_type: 'identity',
    resource_id: id,
    resource_ref: login,
    details,
  }
  return record(context.tx, [entry])
}
