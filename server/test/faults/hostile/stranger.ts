import { type Attacker, ask, atOnce, type HostileRole } from './attack.ts'

const login = (by: Attacker, body: object | string) => ask(by, { method: 'POST', path: '/auth/login', body })
const half = (length: number, sent: string) =>
  `POST /auth/login HTTP/1.1\r\nHost: attune\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n${sent}`

export const stranger: HostileRole = {
  name: 'stranger',
  permission_set: undefined,
  attacks: [
    {
      name: 'bad tokens',
      run: (by) =>
        atOnce(40, (n) => ask(by, { path: '/api/v1/executions', token: `eyJhbGciOiJIUzI1NiJ9.${n}.bad` })),
    },
    {
      name: 'login with many keys',
      run: async (by) => [
        await login(by, `{${Array.from({ length: 400_000 }, (_, n) => `"k${n}":1`).join(',')}}`),
      ],
    },
    {
      name: 'wrong passwords',
      run: (by) => atOnce(10, (n) => login(by, { login: `nobody${n}`, password: 'wrong' })),
    },
    {
      name: 'half-sent bodies',
      run: async (by) => {
        await atOnce(30, () => by.wire.stall(half(1_000_000, '{"login": "'.padEnd(60_000, 'x')), 1500))
        return []
      },
    },
    {
      name: 'slow headers',
      run: async (by) => {
        await atOnce(30, () => by.wire.stall('GET /api/v1/events HTTP/1.1\r\nHost: attune\r\nX-', 1500))
        return []
      },
    },
    {
      name: 'connections that say nothing',
      run: async (by) => {
        await atOnce(100, () => by.wire.stall('', 1000))
        return []
      },
    },
    {
      name: 'flood of what is not there',
      run: (by) =>
        atOnce(60, () => ask(by, { path: `/api/v1/${by.random.int(0, 1e9)}?x=${'y'.repeat(1000)}` })),
    },
    {
      name: 'webhooks that do not exist',
      run: (by) =>
        atOnce(30, () =>
          ask(by, {
            method: 'POST',
            path: `/api/v1/webhooks/wh_${by.random.int(0, 1e9)}`,
            body: { payload: 'x'.repeat(10_000) },
          }),
        ),
    },
    {
      name: 'metrics and health',
      run: (by) => atOnce(20, () => ask(by, { path: by.random.pick(['/metrics', '/health/ready']) })),
    },
  ],
}
