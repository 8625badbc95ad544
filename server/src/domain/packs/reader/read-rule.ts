import { checkLanguage } from '../../definition/rule/check.ts'
import { languageWarnings } from '../../definition/rule/language-warnings.ts'
import { rule } from '../../definition/rule/rule.ts'
import { trigger } from '../../definition/trigger/trigger.ts'
import { type Component, fieldColumns, namedColumns, refColumn } from './columns.ts'
import type { PermissionSetFile, RuleFile, TriggerFile } from '../file-format/rule-files.ts'
import { complainAt, warnAt } from '../yaml/findings.ts'
import type { PermissionSetDefinition, RuleDefinition, TriggerDefinition } from './pack-definition.ts'

export function readTrigger(component: Component<TriggerFile>): TriggerDefinition {
  return { ...fieldColumns(component, trigger.fields), ...namedColumns(component) }
}

export function readRule(component: Component<RuleFile>): RuleDefinition {
  const { content, reading, source } = component
  const { conditions = [], action_params = {} } = content
  for (const { field, message } of checkLanguage({ conditions, action_params })) {
    complainAt(reading.findings, source, field, message)
  }
  for (const { field, message } of languageWarnings({ conditions, action_params })) {
    warnAt(reading.findings, source, field, `${field} ${message}`)
  }
  return {
    ...fieldColumns(component, rule.fields),
    ...namedColumns(component),
    trigger_ref: refColumn(component, 'trigger_ref', content.trigger_ref),
    action_ref: refColumn(component, 'action_ref', content.action_ref),
    conditions,
    trigger_params: content.trigger_params ?? {},
    action_params,
  }
}

export function readPermissionSet({
  source,
  ref,
  content,
}: Component<PermissionSetFile>): PermissionSetDefinition {
  return {
    file: source.file,
    ref,
    label: content.label ?? null,
    description: content.description ?? null,
    grants: content.grants,
  }
}
