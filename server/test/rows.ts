import type { TObject } from 'typebox'
import { Action } from '../src/domain/action/action.ts'
import { Alert } from '../src/domain/alert/alert.ts'
import { AuditEvent } from '../src/domain/audit/audit-event.ts'
import { DeadLetter } from '../src/domain/dead-letter/dead-letter.ts'
import { Enforcement } from '../src/domain/enforcement/enforcement.ts'
import { EventDecision } from '../src/domain/event/decision.ts'
import { Event } from '../src/domain/event/event.ts'
import { Execution } from '../src/domain/execution/execution.ts'
import { IdentityRoleAssignment } from '../src/domain/identity/admin-identity.ts'
import { Identity } from '../src/domain/identity/identity.ts'
import { IntegrationToken } from '../src/domain/integration-token/integration-token.ts'
import { Key } from '../src/domain/key/key.ts'
import { PackEnvironment } from '../src/domain/pack-environment/pack-environment.ts'
import { PackRegistryIndex } from '../src/domain/pack-index/registry.ts'
import { Pack } from '../src/domain/pack/pack.ts'
import {
  PermissionAssignment,
  PermissionSet,
  PermissionSetRoleAssignment,
} from '../src/domain/permission/permission-set.ts'
import { Rule } from '../src/domain/rule/rule.ts'
import { Runtime, RuntimeVersion } from '../src/domain/runtime/runtime.ts'
import { SensorProcess } from '../src/domain/sensor/processes.ts'
import { SensorToken } from '../src/domain/sensor-token/sensor-token.ts'
import { Sensor } from '../src/domain/sensor/sensor.ts'
import { Session } from '../src/domain/session/session.ts'
import { Sweep } from '../src/domain/sweep/sweep.ts'
import { Finding } from '../src/domain/topology/finding.ts'
import { Trigger } from '../src/domain/trigger/trigger.ts'
import { Worker } from '../src/domain/worker/worker.ts'

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
