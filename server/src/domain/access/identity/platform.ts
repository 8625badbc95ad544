import { type Id, toId } from '../../../id.ts'
import { Problem } from '../../../problem.ts'

/**
 * The account of the platform itself: what comes with it and belongs to nobody runs in its name. It has no grants. The
 * migration makes it, and constraints of the store keep it as it is.
 */
export const PLATFORM = toId<'identity'>(0)

/** Refuses to change the account of the platform, or to give it anything. */
export function refusePlatform(id: Id<'identity'>): void {
  if (id !== PLATFORM) return
  throw new Problem(
    'CONFLICT',
    'This is the account of the platform itself: it is not changed, and it gets no permissions, roles or tokens.',
  )
}
