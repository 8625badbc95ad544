import { type Static, Type } from 'typebox'
import { anyObject } from '../../../database/row.ts'
import { documentation, flag, naming, object, parameters, text, textOrTexts } from './fields.ts'

/** `triggers/*.yaml` */
export const TriggerFile = Type.Object(
  {
    ...naming,
    enabled: flag('true when missing.'),
    parameters: parameters('What a rule tells the sensor.'),
    output: parameters('What an event carries.'),
    type: documentation,
    tags: documentation,
    examples: documentation,
  },
  { title: 'A trigger' },
)
export type TriggerFile = Static<typeof TriggerFile>

/** `rules/*.yaml` */
export const RuleFile = Type.Object(
  {
    ...naming,
    enabled: flag('true when missing; afterwards the operator decides.'),
    trigger_ref: Type.String({ description: 'When. Without a dot: a trigger of this pack.' }),
    action_ref: Type.String({ description: 'What then. Without a dot: an action of this pack.' }),
    conditions: Type.Optional(
      Type.Union([Type.Array(anyObject), anyObject], {
        description: 'Which events: a list of {field, operator, value} that must all hold, or {expression}.',
      }),
    ),
    trigger_params: object("For the trigger's sensor."),
    action_params: object('For the action; {{ … }} is filled in from the event.'),
    permission_set_refs: textOrTexts("What the action may do with the API; the action's own when missing."),
    permission_set_ref: textOrTexts('Another spelling of permission_set_refs.'),
    tags: documentation,
    examples: documentation,
  },
  { title: 'A rule' },
)
export type RuleFile = Static<typeof RuleFile>

const Grant = Type.Object({
  resource: Type.String({ minLength: 1 }),
  actions: Type.Array(Type.String({ minLength: 1 }), { minItems: 1 }),
  constraints: Type.Optional(anyObject),
})

/** `permission_sets/*.yaml` */
export const PermissionSetFile = Type.Object(
  {
    ref: naming.ref,
    name: naming.name,
    label: text('For people.'),
    description: naming.description,
    grants: Type.Array(Grant, { description: 'What the set allows: {resource, actions, constraints}.' }),
    tags: documentation,
    examples: documentation,
  },
  { title: 'A permission set' },
)
export type PermissionSetFile = Static<typeof PermissionSetFile>
