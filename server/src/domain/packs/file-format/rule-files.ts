import { type Static, Type } from 'typebox'
import { anyObject } from '../../../database/row.ts'
import { documentation, naming, object, text } from '../../definition/form/file-key.ts'
import { rule } from '../../definition/rule/rule.ts'
import { trigger } from '../../definition/trigger/trigger.ts'
import { componentFile } from './component-file.ts'

/** `triggers/*.yaml` */
export const TriggerFile = componentFile('A trigger', trigger.fields, {
  ...naming,
  type: documentation,
  tags: documentation,
  examples: documentation,
})
export type TriggerFile = Static<typeof TriggerFile>

/** `rules/*.yaml` */
export const RuleFile = componentFile('A rule', rule.fields, {
  ...naming,
  trigger_ref: Type.String({ description: 'When. Without a dot: a trigger of this pack.' }),
  action_ref: Type.String({ description: 'What then. Without a dot: an action of this pack.' }),
  conditions: Type.Optional(
    Type.Union([Type.Array(anyObject), anyObject], {
      description: 'Which events: a list of {field, operator, value} that must all hold, or {expression}.',
    }),
  ),
  trigger_params: object("For the trigger's sensor."),
  action_params: object('For the action; {{ … }} is filled in from the event.'),
  tags: documentation,
  examples: documentation,
})
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
