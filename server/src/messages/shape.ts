import { Compile } from 'typebox/compile'
import { definitionOf, type MessageType } from './messages.ts'

const checks = new Map<MessageType, { Check(value: unknown): boolean }>()

/** Whether a payload is one that `type` has. */
export function hasShape(type: MessageType, payload: unknown): payload is Record<string, unknown> {
  let check = checks.get(type)
  if (check === undefined) checks.set(type, (check = Compile(definitionOf(type).payload)))
  return check.Check(payload)
}
