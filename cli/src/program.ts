import { Command, CommanderError, Option, type OutputConfiguration } from 'commander'
import { actionCommands } from './action/action.ts'
import { actionRun } from './action/run.ts'
import { actionSearch } from './action/search.ts'
import { alertList } from './alert/list.ts'
import { auditChain } from './audit/chain.ts'
import { auditExport } from './audit/export.ts'
import { auditGet } from './audit/get.ts'
import { auditList } from './audit/list.ts'
import { login } from './auth/login.ts'
import { logout } from './auth/logout.ts'
import { password } from './auth/password.ts'
import { whoami } from './auth/whoami.ts'
import { deadLetterDiscard } from './dead-letter/discard.ts'
import { deadLetterGet } from './dead-letter/get.ts'
import { deadLetterList } from './dead-letter/list.ts'
import { deadLetterReplay } from './dead-letter/replay.ts'
import { enforcementGet } from './enforcement/get.ts'
import { enforcementList } from './enforcement/list.ts'
import { eventEmit } from './event/emit.ts'
import { eventGet } from './event/get.ts'
import { eventList } from './event/list.ts'
import { executionCancel } from './execution/cancel.ts'
import { executionGet } from './execution/get.ts'
import { executionList } from './execution/list.ts'
import { executionLogs } from './execution/logs.ts'
import { executionResult } from './execution/result.ts'
import { explainEvent } from './explain/event.ts'
import { explainExecution } from './explain/execution.ts'
import { explainRule } from './explain/rule.ts'
import { exits } from './exit.ts'
import { Failure, failureOf } from './failure.ts'
import { health } from './health.ts'
import { identityAssign, identityUnassign } from './identity/assign.ts'
import { identityCreate } from './identity/create.ts'
import { identityDelete } from './identity/delete.ts'
import { identityFreeze, identityUnfreeze } from './identity/freeze.ts'
import { identityGet } from './identity/get.ts'
import { identityList } from './identity/list.ts'
import { identitySessions } from './identity/sessions.ts'
import { identityUpdate } from './identity/update.ts'
import { keyCreate } from './key/create.ts'
import { keyDelete } from './key/delete.ts'
import { keyGet } from './key/get.ts'
import { keyList } from './key/list.ts'
import { keyRotateEncryption } from './key/rotate-encryption.ts'
import { keyUpdate } from './key/update.ts'
import { writeFailure } from './output/output.ts'
import { packIndexEntry, packIndexMerge, packIndexUpdateFile } from './pack-index/author.ts'
import { packIndex } from './pack-index/group.ts'
import { packSearch } from './pack-index/search.ts'
import { packBuild } from './pack/build.ts'
import { packChecksum } from './pack/checksum.ts'
import { packCreate } from './pack/create.ts'
import { packDelete } from './pack/delete.ts'
import { packEnvironments } from './pack/environments.ts'
import { packGet } from './pack/get.ts'
import { packInit } from './pack/init.ts'
import { packInstall } from './pack/install.ts'
import { packList } from './pack/list.ts'
import { packRegister } from './pack/register.ts'
import { packTest } from './pack/test.ts'
import { packUpdate } from './pack/update.ts'
import { packUpload } from './pack/upload.ts'
import { packValidate } from './pack/validate.ts'
import { permissionAssign, permissionUnassign } from './permission/assign.ts'
import { permissionGet } from './permission/get.ts'
import { permissionList } from './permission/list.ts'
import { permissionUpdate } from './permission/update.ts'
import { ruleCreate } from './rule/create.ts'
import { ruleCommands } from './rule/rule.ts'
import { rulePlan } from './rule/plan.ts'
import { ruleTest } from './rule/test.ts'
import { ruleUpdate } from './rule/update.ts'
import { runtimeCommands } from './runtime/runtime.ts'
import { runtimeCreate, runtimeUpdate } from './runtime/write.ts'
import { sensorCommands } from './sensor/sensor.ts'
import { sensorTokens } from './sensor/tokens.ts'
import type { Globals } from './settings.ts'
import { createShell, type Shell, version } from './shell.ts'
import type { Terminal } from './terminal.ts'
import { tokenCreate } from './token/create.ts'
import { tokenDelete } from './token/delete.ts'
import { tokenList } from './token/list.ts'
import { tokenRevoke } from './token/revoke.ts'
import { topology } from './topology.ts'
import { triggerCommands } from './trigger/trigger.ts'
import { webhookShowConfig } from './webhook/config.ts'
import { webhookConfigure } from './webhook/configure.ts'
import { webhookDeliveries } from './webhook/deliveries.ts'
import { webhookDisable } from './webhook/disable.ts'
import { webhookEnable } from './webhook/enable.ts'
import { webhookRegenerate } from './webhook/regenerate.ts'
import { workerCordon, workerUncordon } from './worker/cordon.ts'
import { workerGet } from './worker/get.ts'
import { workerList } from './worker/list.ts'

type CommandMaker = (shell: Shell) => Command

/** Every command by its noun: the table of contents of the program. */
const nouns: readonly (readonly [name: string, description: string, commands: readonly CommandMaker[]])[] = [
  ['auth', 'log in and out', [login, logout, whoami, password]],
  ['token', 'credentials for programs', [tokenCreate, tokenList, tokenRevoke, tokenDelete]],
  [
    'action',
    'what can be run',
    [
      actionCommands.list,
      actionSearch,
      actionCommands.get,
      actionRun,
      actionCommands.create,
      actionCommands.update,
      actionCommands.delete,
    ],
  ],
  [
    'rule',
    'which events run which action',
    [
      ruleCommands.list,
      ruleCommands.get,
      ruleCreate,
      ruleUpdate,
      ruleCommands.enable,
      ruleCommands.disable,
      ruleCommands.delete,
      rulePlan,
      ruleTest,
    ],
  ],
  [
    'trigger',
    'kinds of events',
    [
      triggerCommands.list,
      triggerCommands.get,
      triggerCommands.create,
      triggerCommands.update,
      triggerCommands.enable,
      triggerCommands.disable,
      triggerCommands.delete,
    ],
  ],
  [
    'sensor',
    'programs that report events',
    [
      sensorCommands.list,
      sensorCommands.get,
      sensorCommands.create,
      sensorCommands.update,
      sensorCommands.enable,
      sensorCommands.disable,
      sensorCommands.delete,
      sensorTokens,
    ],
  ],
  [
    'runtime',
    'what programs are started by',
    [runtimeCommands.list, runtimeCommands.get, runtimeCreate, runtimeUpdate, runtimeCommands.delete],
  ],
  ['worker', 'processes that run actions and sensors', [workerList, workerGet, workerCordon, workerUncordon]],
  ['event', 'what happened', [eventList, eventGet, eventEmit]],
  ['enforcement', 'which rules matched which events', [enforcementList, enforcementGet]],
  [
    'execution',
    'runs of actions',
    [executionList, executionGet, executionLogs, executionResult, executionCancel],
  ],
  ['explain', 'why something happened, or did not', [explainEvent, explainRule, explainExecution]],
  [
    'key',
    'values that actions, sensors and rules get by name, secret ones encrypted',
    [keyList, keyGet, keyCreate, keyUpdate, keyDelete, keyRotateEncryption],
  ],
  ['alert', 'what is wrong with the platform', [alertList]],
  [
    'pack',
    'bundles of actions, triggers, sensors and rules',
    [
      packList,
      packGet,
      packInit,
      packValidate,
      packRegister,
      packTest,
      packEnvironments,
      packBuild,
      packCreate,
      packUpdate,
      packDelete,
      packUpload,
      packInstall,
      packSearch,
      packChecksum,
      packIndex,
      packIndexEntry,
      packIndexUpdateFile,
      packIndexMerge,
    ],
  ],
  [
    'dead-letter',
    'messages that nobody could handle',
    [deadLetterList, deadLetterGet, deadLetterReplay, deadLetterDiscard],
  ],
  [
    'identity',
    'who may log in, with which roles',
    [
      identityList,
      identityGet,
      identityCreate,
      identityUpdate,
      identityDelete,
      identityFreeze,
      identityUnfreeze,
      identityAssign,
      identityUnassign,
      identitySessions,
    ],
  ],
  [
    'permission',
    'what may be done, in sets',
    [permissionList, permissionGet, permissionUpdate, permissionAssign, permissionUnassign],
  ],
  ['audit', 'who did what', [auditList, auditGet, auditChain, auditExport]],
  [
    'webhook',
    'events from other systems by HTTP',
    [
      webhookEnable,
      webhookConfigure,
      webhookShowConfig,
      webhookDeliveries,
      webhookDisable,
      webhookRegenerate,
    ],
  ],
]
const shortcuts: readonly CommandMaker[] = [login, logout, whoami, password, actionRun, health, topology]

/** Runs one command line and says how the process ends. Never throws. */
export async function attune(args: readonly string[], terminal: Terminal): Promise<number> {
  let globals: Globals = {}
  const shell = createShell(terminal, () => globals)
  const program = programOf(shell)
  // Only now both places are known where a person may write a global option: before and after the command.
  program.hook('preAction', (_, command) => {
    globals = command.optsWithGlobals()
  })
  try {
    await program.parseAsync([...args], { from: 'user' })
    return shell.code
  } catch (error) {
    return failed(error, terminal)
  }
}

function programOf(shell: Shell): Command {
  const program = new Command('attune')
    .description('Event-driven automation: rules run actions when events happen.')
    .version(version, '-V, --version', 'print the version')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput(outputTo(shell.terminal))
    .exitOverride()
  for (const option of globalOptions()) program.addOption(option)
  for (const [name, description, commands] of nouns) {
    const noun = new Command(name).description(description).copyInheritedSettings(program)
    for (const command of commands) noun.addCommand(leaf(command(shell), program))
    program.addCommand(noun)
  }
  for (const command of shortcuts) program.addCommand(leaf(command(shell), program))
  return program.addHelpText('after', '\nExamples and exit codes: docs/cli.md')
}

function outputTo({ stdout, stderr }: Terminal): OutputConfiguration {
  return {
    writeOut: (text) => void stdout.write(text),
    writeErr: (text) => void stderr.write(text),
    outputError: (text, write) => write(text.replace(/^error: /, 'Error: ')),
  }
}

function globalOptions(): Option[] {
  return [
    new Option('-p, --profile <name>', 'profile for this call (ATTUNE_PROFILE)'),
    new Option('--api-url <url>', 'API instead of the one of the profile (ATTUNE_API_URL)'),
    new Option('--output <format>', 'table, json or yaml'),
    new Option('-j, --json', 'same as --output json'),
    new Option('-y, --yaml', 'same as --output yaml'),
    new Option('-q, --quiet', 'print ids and refs only'),
    new Option('-v, --verbose', 'print every request on stderr'),
  ]
}

/**
 * The program finds its options anywhere on the line, except inside a group that starts with a letter of the
 * command: `-fj`. For that each command knows them too, out of sight.
 */
function leaf(command: Command, program: Command): Command {
  for (const child of command.commands) leaf(child, program)
  for (const option of globalOptions()) command.addOption(option.hideHelp())
  return command.copyInheritedSettings(program)
}

function failed(error: unknown, { stderr, signal }: Terminal): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exits.ok : exits.usage
  const failure = asFailure(error, signal)
  writeFailure(failure, stderr)
  return exits[failure.exit]
}

function asFailure(error: unknown, signal: AbortSignal): Failure {
  const failure = failureOf(error)
  if (failure !== undefined) return failure
  if (signal.aborted) return new Failure('interrupted', 'Interrupted.')
  return new Failure('unavailable', error instanceof Error ? error.message : String(error))
}
