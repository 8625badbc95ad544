import { defineConfig } from 'vitest/config'

const ignored = ['**/node_modules/**', '**/dist/**']

/**
 * `*.test.ts` is pure and needs nothing. `*.integration.test.ts` talks to a real PostgreSQL (started once for
 * the run, a database per file) and, where it is reachable, to a real RabbitMQ.
 */
export default defineConfig({
  test: {
    reporters: ['default', './test/closing-line.ts'],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{server,client,cli,bench,packs}/**/*.test.ts'],
          exclude: [...ignored, '**/*.integration.test.ts'],
          pool: 'threads',
          isolate: false,
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['{server,cli,bench,packs}/**/*.integration.test.ts'],
          exclude: ignored,
          globalSetup: ['./test/with-services.ts'],
          pool: 'forks',
          // A worker goes from file to file with what it has loaded: files share no state but the services.
          isolate: false,
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'architecture',
          include: ['test/**/*.test.ts'],
          isolate: false, // sources are read and parsed once for all files of a worker
          testTimeout: 60_000,
        },
      },
    ],
  },
})
