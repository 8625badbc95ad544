/** One program that tests a pack, as `testing.runners` in pack.yaml names it. */
export type SuiteDefinition = {
  name: string
  type: 'script' | 'unittest' | 'pytest'
  /** A path below the pack. */
  entry_point: string
  /** Seconds. */
  timeout: number
  result_format: 'simple' | 'json' | 'junit'
  /** The file that the program writes its result to; null: it prints it. */
  result_path: string | null
}

/** What a suite is run with: a copy of the pack that is thrown away, and folders of its own for what it leaves behind. */
export type SuiteOrder = { suite: SuiteDefinition; pack_ref: string; pack: string; home: string; tmp: string }

/** How a suite ended. Its output is the end of what it wrote. */
export type SuiteEnd = {
  stdout: string
  stderr: string
  /** Null when it did not exit by itself. */
  exit_code: number | null
  timed_out: boolean
  /** Why it could not be started. */
  start_error: string | null
  duration_ms: number
}

/** Starts a suite in a process of its own and waits for its end. Never throws for what the suite does. */
export type RunSuite = (order: SuiteOrder) => Promise<SuiteEnd>
