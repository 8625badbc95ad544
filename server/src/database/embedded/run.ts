import { execFile } from 'node:child_process'
import type { Account } from './account.ts'

/** The whole environment of the PostgreSQL programs: nothing of the caller's may change what they do. */
export const environment = { LC_ALL: 'C', TZ: 'UTC', PATH: '/usr/local/bin:/usr/bin:/bin' }

/** Runs a program to its end. `failure` is undefined when it exited with 0. */
export function run(
  program: string,
  args: string[],
  account?: Account,
): Promise<{ failure: string | undefined; output: string }> {
  return new Promise((resolve) => {
    execFile(program, args, { cwd: '/', env: environment, ...account }, (error, stdout, stderr) => {
      resolve({ failure: error?.message, output: stdout + stderr })
    })
  })
}
