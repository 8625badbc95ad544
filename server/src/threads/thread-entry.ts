import { parentPort, workerData } from 'node:worker_threads'

/** The thread of one job: loads the file that has it, does it and says what came of it. See threads.ts. */
type Order = { module: string; name: string; input: unknown }

Error.stackTraceLimit = 0 // parsers throw for each line that they cannot read, and nobody sees where

const { module, name, input }: Order = workerData
const jobs: Record<string, (input: unknown) => unknown> = await import(module)
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
parentPort?.postMessage(await jobs[name]?.(input))
