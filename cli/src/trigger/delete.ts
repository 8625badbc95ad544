import type { Command } from 'commander'
import { removal } from '../definition/remove.ts'
import type { Shell } from '../shell.ts'

/** `attune trigger delete REF` */
export function triggerDelete(shell: Shell): Command {
  return removal(shell, 'trigger', 'delete a trigger; its events stay', 'demo.deployed')
}
