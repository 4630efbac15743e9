/** Where the node has its time from; tests bring their own. */
export interface Clock {
  /** UTC, whole seconds: what goes into signed records. */
  nowSeconds(): number
  /** UTC, milliseconds. */
  nowMs(): number
}

export const systemClock: Clock = {
  nowSeconds: () => Math.floor(Date.now() / 1000),
  nowMs: () => Date.now(),
}

/**
 * Runs `job` now and then every `everyMs`, one at a time, until stopped. A run that throws is reported and
 * does not end the series.
 */
export function every(
  everyMs: number,
  job: () => Promise<void>,
  onError: (error: unknown) => void,
): { stop(): Promise<void> } {
  let stopped = false
  let timer: NodeJS.Timeout | undefined
  let running = run()
  async function run(): Promise<void> {
    try {
      await job()
    } catch (error) {
      onError(error)
    }
    if (stopped) return
    timer = setTimeout(() => {
      running = run()
    }, everyMs)
    timer.unref()
  }
  return {
    async stop() {
      stopped = true
      clearTimeout(timer)
      await running
    },
  }
}
