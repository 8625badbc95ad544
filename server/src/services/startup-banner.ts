import { join } from 'node:path'
import type { Log } from '../observe/log.ts'

/** Tells a person at a terminal what to try next, and everyone else that the program is ready. */
export function printStartupBanner({
  url,
  admin_password,
  home,
  log,
}: {
  url: string
  admin_password: string | undefined
  home: string
  log: Log
}): void {
  log.info({ url }, 'ready')
  const password =
    admin_password === undefined
      ? `in ${join(home, 'admin-password')}`
      : `${admin_password}   (kept in ${join(home, 'admin-password')})`
  process.stdout.write(`
  Attune is ready at ${url}   API: ${url}/docs

    login      admin
    password   ${password}

  Try, in another terminal:

    npm run attune -- login
    npm run attune -- execution list
    npm run attune -- action run core.echo --param message=hello --follow

`)
}
