import type { Command } from 'commander'
import { removal } from '../definition/remove.ts'
import type { Shell } from '../shell.ts'

/** `attune rule delete REF` */
export function ruleDelete(shell: Shell): Command {
  return removal(shell, 'rule', 'delete a rule; its events and executions stay', 'demo.on_deploy')
}
