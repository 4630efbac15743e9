import { execFileSync } from 'node:child_process'
import { closeSync, fsyncSync, openSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** Milliseconds of the machine's monotonic clock: the same in every process. */
export const nowMs = (): number => Number(process.hrtime.bigint()) / 1e6

/** The smallest value that at least `part` (0 to 1) of all values do not exceed. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN
}

/** The middle value, or the mean of the two middle ones. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  if (sorted.length % 2 === 1) return sorted[middle] as number
  return ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2
}

/** The median of each member. */
export function medians<Name extends string>(
  runs: readonly Readonly<Record<Name, number>>[],
): Record<Name, number> {
  const names = Object.keys(runs[0] ?? {}) as Name[]
  return Object.fromEntries(names.map((name) => [name, median(runs.map((run) => run[name]))])) as Record<
    Name,
    number
  >
}

/** Four significant digits; whole numbers stay whole. */
export const rounded = (value: number): number =>
  Math.abs(value) >= 1000 ? Math.round(value) : Number(value.toPrecision(4))

/** TCP payload of all connections to a port of this machine, both ways, as the kernel counts it. */
export function wireBytes(port: number): number {
  const sockets = execFileSync('ss', ['-tinHO', `sport = :${port}`], { encoding: 'utf8' })
  let bytes = 0
  for (const [, count] of sockets.matchAll(/bytes_(?:sent|received):(\d+)/g)) bytes += Number(count)
  return bytes
}

const filesIn = (directory: string): string[] =>
  readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))

/** Bytes that a folder's files occupy on the disk. */
export function diskBytes(directory: string): number {
  let blocks = 0
  for (const path of filesIn(directory)) blocks += statSync(path).blocks
  return blocks * 512
}

/** Waits until all files of a folder are on the disk. */
export function fsyncAll(directory: string): void {
  for (const path of filesIn(directory)) {
    const file = openSync(path, 'r')
    fsyncSync(file)
    closeSync(file)
  }
}

export interface Timed {
  readonly ms: number
  /** All threads of this process. */
  readonly cpuMs: number
  /** The thread that runs JavaScript. */
  readonly mainCpuMs: number
}

/** Runs `work` and says what it took. */
export async function timed(work: () => Promise<void> | void): Promise<Timed> {
  const cpu = process.cpuUsage()
  const mainCpu = process.threadCpuUsage()
  const start = nowMs()
  await work()
  const ms = nowMs() - start
  const used = process.cpuUsage(cpu)
  const mainUsed = process.threadCpuUsage(mainCpu)
  return {
    ms,
    cpuMs: (used.user + used.system) / 1000,
    mainCpuMs: (mainUsed.user + mainUsed.system) / 1000,
  }
}
