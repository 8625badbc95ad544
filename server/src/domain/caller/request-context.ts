import type { Caller } from './caller.ts'
import type { Permission } from './permission.ts'

/** Who asks, from where, with which request. */
export type RequestContext = {
  caller: Caller
  request_id: string
  client_ip: string
  user_agent: string | null
}

/** A request when it is over. `path` has no query and no credential in it; `status` is undefined where the client left before the answer. */
export type EndedRequest = {
  method: string
  path: string
  status: number | undefined
  duration_ms: number
}

/** A request of somebody known that was refused because they may not. `permission` is what it needs, where that can be named. */
export type DeniedRequest = {
  method: string
  path: string
  status: number
  reason: string
  permission?: Permission
}
