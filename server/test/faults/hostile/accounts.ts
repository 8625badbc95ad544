import { at, type Client } from '../client.ts'
import type { HostileRole } from './attack.ts'
import { HOSTILE_SENSOR, HOSTILE_TRIGGER } from './pack.ts'
import type { Wire } from './wire.ts'

export const HOSTILE_PASSWORD = 'a hostile password 5c2e'

/** Makes the account of a role, with no more than its set permits, and answers its token. */
export async function tokenFor(role: HostileRole, admin: Client, wire: Wire): Promise<string | undefined> {
  if (role.name === 'sensor') return sensorToken(admin)
  if (role.permission_set === undefined) return undefined
  const login = `hostile-${role.name.replaceAll(' ', '-')}`
  await must(admin, '/api/v1/identities', { login, password: HOSTILE_PASSWORD })
  await must(admin, '/api/v1/permissions/assignments', {
    identity_login: login,
    permission_set_ref: role.permission_set,
  })
  const answer = await wire.ask({
    method: 'POST',
    path: '/auth/login',
    body: { login, password: HOSTILE_PASSWORD },
  })
  const token = answer?.status === 200 ? at(JSON.parse(answer.text), 'data', 'access_token') : undefined
  if (typeof token !== 'string') throw new Error(`${login} cannot log in: ${answer?.text ?? 'no answer'}`)
  return token
}

async function sensorToken(admin: Client): Promise<string | undefined> {
  const answer = await must(admin, '/auth/sensor-token', {
    sensor_ref: HOSTILE_SENSOR,
    trigger_types: [HOSTILE_TRIGGER],
  })
  const token = at(answer, 'data', 'token')
  if (typeof token !== 'string') throw new Error(`No token for the sensor: ${JSON.stringify(answer)}`)
  return token
}

export async function must(admin: Client, path: string, body: object): Promise<unknown> {
  const answer = await admin.send('POST', path, body)
  if (answer === undefined || answer.status >= 300)
    throw new Error(`POST ${path} was refused: ${JSON.stringify(answer)}`)
  return answer.body
}
