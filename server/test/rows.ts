import type { TObject } from 'typebox'
import { Action } from '../src/domain/definition/action/action.ts'
import { Alert } from '../src/domain/watch/alert/alert.ts'
import { AuditEvent } from '../src/domain/audit/audit-event.ts'
import { DeadLetter } from '../src/domain/watch/dead-letter/dead-letter.ts'
import { Enforcement } from '../src/domain/flow/enforcement/enforcement.ts'
import { EventDecision } from '../src/domain/definition/matching/decision.ts'
import { Event } from '../src/domain/flow/event/event.ts'
import { Execution } from '../src/domain/flow/execution/execution.ts'
import { IdentityRoleAssignment } from '../src/domain/access/identity/admin-identity.ts'
import { Identity } from '../src/domain/access/identity/identity.ts'
import { IntegrationToken } from '../src/domain/access/integration-token/integration-token.ts'
import { Key } from '../src/domain/definition/key/key.ts'
import { PackEnvironment } from '../src/domain/packs/pack-environment/pack-environment.ts'
import { PackRegistryIndex } from '../src/domain/packs/pack-index/registry.ts'
import { Pack } from '../src/domain/definition/pack/pack.ts'
import {
  PermissionAssignment,
  PermissionSet,
  PermissionSetRoleAssignment,
} from '../src/domain/access/permission/permission-set.ts'
import { Rule } from '../src/domain/definition/rule/rule.ts'
import { Runtime, RuntimeVersion } from '../src/domain/definition/runtime/runtime.ts'
import { SensorProcess } from '../src/domain/definition/sensor/processes.ts'
import { SensorToken } from '../src/domain/definition/sensor-token/sensor-token.ts'
import { Sensor } from '../src/domain/definition/sensor/sensor.ts'
import { Session } from '../src/domain/access/session/session.ts'
import { Sweep } from '../src/domain/watch/sweep/sweep.ts'
import { Finding } from '../src/domain/watch/topology/finding.ts'
import { Trigger } from '../src/domain/definition/trigger/trigger.ts'
import { Worker } from '../src/domain/flow/worker/worker.ts'

/** Every row schema by its table. One that is not here is not checked against the catalogue. */
export const rows: Readonly<Record<string, TObject>> = {
  action: Action,
  alert: Alert,
  audit_event: AuditEvent,
  dead_letter: DeadLetter,
  enforcement: Enforcement,
  event: Event,
  event_decision: EventDecision,
  execution: Execution,
  identity: Identity,
  identity_role_assignment: IdentityRoleAssignment,
  integration_token: IntegrationToken,
  key: Key,
  pack: Pack,
  pack_environment: PackEnvironment,
  pack_registry_index: PackRegistryIndex,
  permission_assignment: PermissionAssignment,
  permission_set: PermissionSet,
  permission_set_role_assignment: PermissionSetRoleAssignment,
  rule: Rule,
  runtime: Runtime,
  runtime_version: RuntimeVersion,
  sensor: Sensor,
  sensor_process: SensorProcess,
  sensor_token: SensorToken,
  session: Session,
  sweep: Sweep,
  topology_finding: Finding,
  trigger: Trigger,
  worker: Worker,
}
