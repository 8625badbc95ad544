import { Worker } from 'node:worker_threads'
import { createSemaphore } from '../waiting/semaphore.ts'

/** Memory of a thread; one that wants more ends, and nothing else does. */
const THREAD_MEMORY_MB = 1024

/** Work on data that users chose: a pure function that is exported under its own name by the file that is named. */
type Job<Input, Output> = {
  work: (input: Input) => Output | Promise<Output>
  /** The compiled file: a thread loads no TypeScript. */
  module: string
}

/** Declares an exported function as a job; `source` is the `import.meta.url` of its file. */
export function jobOf<Input, Output>(
  work: (input: Input) => Output | Promise<Output>,
  source: string,
): Job<Input, Output> {
  const module = source.replace(/\/src\/(?!.*\/src\/)/, '/dist/').replace(/\.ts$/, '.js')
  return { work, module }
}

/** What became of a job. Beyond its time, or the memory of a thread, it is ended. */
export type JobEnd<Output> = { kind: 'done'; output: Output } | { kind: 'ended'; reason: string }

export type Threads = {
  /**
   * Does a job without holding up the event loop; waits while as many run as may. Whoever asks does small jobs, whose
   * cost is bounded by their size, without a thread.
   */
  run<Input, Output>(job: Job<Input, Output>, input: Input, budgetMs: number): Promise<JobEnd<Output>>
}

/** Each job has a thread of its own, which ends with it: what one leaves behind meets no other. */
export function createThreads({ most }: { most: number }): Threads {
  const semaphore = createSemaphore(most)
  return { run: (job, input, budgetMs) => semaphore.run(() => runThread(job, input, budgetMs)) }
}

function runThread<Input, Output>(
  { work, module }: Job<Input, Output>,
  input: Input,
  budgetMs: number,
): Promise<JobEnd<Output>> {
  const thread = new Worker(
    new URL(jobOf(work, import.meta.url).module.replace(/bounded-threads\.js$/, 'thread-entry.js')),
    {
      workerData: { module, name: work.name, input },
      env: {},
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: THREAD_MEMORY_MB },
    },
  )
  return new Promise((resolve) => {
    const end = (outcome: JobEnd<Output>) => {
      clearTimeout(timer)
      resolve(outcome)
      void thread.terminate()
    }
    const timer = setTimeout(
      () => end({ kind: 'ended', reason: `it took longer than ${budgetMs / 1000} seconds` }),
      budgetMs,
    )
    thread.once('message', (output: Output) => end({ kind: 'done', output }))
    // What an error says may quote the data.
    thread.once('error', (error) => end({ kind: 'ended', reason: reasonOf(error) }))
    thread.once('exit', () => end({ kind: 'ended', reason: 'it ended without a result' }))
  })
}

function reasonOf(error: Error): string {
  return 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY'
    ? 'it took too much memory'
    : 'it failed'
}
