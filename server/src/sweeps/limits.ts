/** How long each state may last, and how much a run does. From the settings. */
export type Limits = {
  interval_seconds: number
  redrive_after_seconds: number
  scheduled_timeout_seconds: number
  worker_silence_seconds: number
  stuck_execution_seconds: number
  execution_remediation_seconds: number
  /** Rows of one kind that a run brings on their way. */
  batch: number
}
