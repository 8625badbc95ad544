import { type Static, Type } from 'typebox'
import { anyJson, nullable } from '../../../database/row.ts'
import type { Caller } from '../../caller/caller.ts'
import { oversize as tooLarge } from '../../../text/document-size.ts'
import { type Id, toId } from '../../../id.ts'
import type { Json } from '../../../json.ts'
import { Problem } from '../../../problem.ts'
import { packOf } from '../../access/permission/change.ts'
import { allows } from '../../caller/scope.ts'
import { type EmittedTrigger, type Emission, unknownTrigger } from './emission.ts'
import type { ScheduledInstant } from './event.ts'

const ref = Type.String({ minLength: 1, maxLength: 255 })

/** An event as a caller asks for it. */
export const EventRequest = Type.Object(
  {
    trigger_ref: Type.Optional(ref),
    trigger_type: Type.Optional(
      Type.String({ minLength: 1, maxLength: 255, description: 'Another name for trigger_ref.' }),
    ),
    payload: Type.Optional(anyJson),
    config: Type.Optional(anyJson),
    trigger_instance_id: Type.Optional(
      nullable(
        Type.String({
          maxLength: 255,
          description: '`rule_<id>` binds the event to that rule; other forms are ignored.',
        }),
      ),
    ),
    dedupe_key: Type.Optional(
      nullable(
        Type.String({
          minLength: 1,
          maxLength: 255,
          description: 'The first event of the trigger with this key is the only one, for seven days.',
        }),
      ),
    ),
    schedule: Type.Optional(
      Type.Object(
        {
          at: Type.String({
            pattern: '^[12]\\d{3}-\\d{2}-\\d{2}T[\\d:.]+(Z|[+-]\\d{2}:\\d{2})$',
            maxLength: 40,
            description: 'The nominal instant, with an offset.',
          }),
          missed: Type.Optional(
            Type.Integer({
              minimum: 0,
              maximum: 1_000_000_000_000,
              description: 'Instants before it that have no event.',
            }),
          ),
          earlier_open: Type.Optional(
            Type.Boolean({
              description:
                'An earlier instant is still on its way: whoever goes on with the schedule begins before it.',
            }),
          ),
        },
        {
          additionalProperties: false,
          description:
            'Of a sensor that is a timer: which instant of the schedule of its rule the event is for.',
        },
      ),
    ),
  },
  { title: 'EventRequest', additionalProperties: false },
)
export type EventRequest = Static<typeof EventRequest>

type EmitContext = { caller: Caller; request_id: string; inline_limit_bytes: number }

/** What the caller asks for, or why it cannot be had. Whether the trigger exists turns out when it is resolved. */
export function emissionOf(request: EventRequest, context: EmitContext): Emission | Problem {
  const trigger_ref = request.trigger_ref ?? request.trigger_type
  if (trigger_ref === undefined) return problem('VALIDATION_ERROR', 'trigger_ref', 'is required')
  const { caller, request_id } = context
  const refused =
    refusalOf(caller, trigger_ref) ??
    scheduleRefusal(caller, request) ??
    oversize(request, context.inline_limit_bytes)
  if (refused !== undefined) return refused
  const rule = boundRule(request.trigger_instance_id ?? '')
  return {
    trigger: { ref: trigger_ref },
    payload: request.payload ?? null,
    config: request.config ?? null,
    correlation_id: request_id,
    ...(caller.kind === 'sensor' ? { source: { kind: 'sensor', ref: caller.sensor_ref } } : {}),
    ...(rule === undefined ? {} : { rule }),
    ...(request.dedupe_key == null ? {} : { dedupe_key: request.dedupe_key }),
    ...scheduleOf(request),
    refusal: (trigger) => closedTo(caller, trigger),
  }
}

/** A sensor emits what its token names. */
function refusalOf(caller: Caller, trigger_ref: string): Problem | undefined {
  if (caller.kind !== 'sensor' || caller.trigger_types.includes(trigger_ref)) return undefined
  return problem(
    'FORBIDDEN',
    'trigger_ref',
    `the token of the sensor '${caller.sensor_ref}' does not name '${trigger_ref}'`,
  )
}

function scheduleRefusal(caller: Caller, { schedule }: EventRequest): Problem | undefined {
  if (schedule === undefined) return undefined
  if (caller.kind !== 'sensor')
    return problem(
      'VALIDATION_ERROR',
      'schedule',
      'is told by the sensor that keeps the schedule, by nobody else',
    )
  if (Number.isNaN(Date.parse(schedule.at)))
    return problem('VALIDATION_ERROR', 'schedule.at', 'is no instant; send one such as 2026-05-01T12:00:00Z')
  return undefined
}

function scheduleOf({ schedule }: EventRequest): { schedule?: ScheduledInstant } {
  if (schedule === undefined) return {}
  const { at, missed = 0, earlier_open = false } = schedule
  return { schedule: { at: new Date(at).toISOString(), missed, earlier_open } }
}

/** Sensors were held against their token before. */
function closedTo(caller: Caller, trigger: EmittedTrigger): Problem | undefined {
  switch (caller.kind) {
    case 'execution':
      return foreignTrigger(caller, trigger)
    case 'access':
      return closedTrigger(caller, trigger)
    case 'sensor':
    case 'nobody':
      return undefined
  }
}

/** What a caller may neither emit nor read is not there for them. */
function closedTrigger(caller: Caller, trigger: EmittedTrigger): Problem | undefined {
  if (mayEmit(caller, trigger)) return undefined
  const { id, ref, pack_ref } = trigger
  if (!allows(caller, ['triggers', 'read'], { id, ref, pack_ref }))
    return unknownTrigger({ trigger: { ref } })
  const message = `this needs the permission events:create for '${ref}'; ask an administrator`
  return problem('FORBIDDEN', 'trigger_ref', message)
}

/** As with reading events, what counts is the trigger's ref and pack; an event to be has no id. */
function mayEmit(caller: Caller, { ref, pack_ref }: EmittedTrigger): boolean {
  return allows(caller, ['events', 'create'], { ref, pack_ref })
}

/** An execution emits what its pack brings; with the grant, what that allows. */
function foreignTrigger(
  caller: Extract<Caller, { kind: 'execution' }>,
  trigger: EmittedTrigger,
): Problem | undefined {
  const own = packOf(caller.action_ref)
  if (trigger.pack_ref === own || mayEmit(caller, trigger)) return undefined
  const message = `'${trigger.ref}' is not a trigger of the pack '${own}'; give the execution the permission events:create`
  return problem('FORBIDDEN', 'trigger_ref', message)
}

function boundRule(text: string): Id<'rule'> | undefined {
  const [, digits] = /^rule_(\d+)$/.exec(text) ?? []
  const id = Number(digits)
  return Number.isSafeInteger(id) ? toId<'rule'>(id) : undefined
}

/** The first of the documents that is larger than what is kept inline. */
export function oversize(
  documents: { payload?: Json; config?: Json },
  limitBytes: number,
): Problem | undefined {
  for (const [field, value] of Object.entries({ payload: documents.payload, config: documents.config })) {
    const message = tooLarge(value, limitBytes)
    if (message !== undefined)
      return problem(
        'PAYLOAD_TOO_LARGE',
        field,
        `${message} with an event; send less, or a ref to an artifact`,
      )
  }
  return undefined
}

function problem(code: Problem['code'], field: string, message: string): Problem {
  return new Problem(code, `${field}: ${message}.`, [{ field, message }])
}
