import type { Command } from 'commander'
import { removal } from '../definition/remove.ts'
import type { Shell } from '../shell.ts'

/** `attune action delete REF` */
export function actionDelete(shell: Shell): Command {
  return removal(shell, 'action', 'delete an action; its executions stay', 'demo.disk_usage')
}
