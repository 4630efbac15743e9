import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type ApiClient, connectToNode } from '../src/api/client.ts'
import type { StatusView } from '../src/node/views.ts'

const cli = fileURLToPath(new URL('../src/cli/mosaic.js', import.meta.url))
const readyMsMax = 20_000
const stopMsMax = 5_000
const pollMs = 20

/** A merchant's node: a process of its own, with its own data folder. */
export interface LocalNode {
  readonly name: string
  readonly merchant: string
  readonly dataFolder: string
  readonly pid: number
  /** From the start of the process to its "ready". */
  readonly readyMs: number
  readonly client: ApiClient
}

/**
 * Merchants on this machine, for examples and tests. Each is made by `mosaic init` and runs as `mosaic start`, on
 * loopback only; all is in one temporary folder.
 */
export class LocalNodes {
  readonly folder: string
  readonly #running = new Map<number, Promise<unknown>>()
  readonly #detached: boolean

  private constructor(folder: string, detached: boolean) {
    this.folder = folder
    this.#detached = detached
  }

  /** @param options `detached`: the nodes outlive this process unless they are stopped */
  static async create(options: { readonly detached?: boolean } = {}): Promise<LocalNodes> {
    return new LocalNodes(await mkdtemp(join(tmpdir(), 'mosaic-')), options.detached ?? false)
  }

  /** @throws {Error} with the node's own words if it does not become ready */
  async start(name: string): Promise<LocalNode> {
    const id = name.toLowerCase().replace(/[^a-z0-9]+/g, '-')
    const dataFolder = join(this.folder, id)
    const words = join(this.folder, `${id}.words`)
    await run([
      'init',
      '--data',
      dataFolder,
      '--name',
      name,
      '--no-passphrase',
      '--words-file',
      words,
      '--json',
    ])
    return await this.#run(name, dataFolder, join(this.folder, `${id}.log`))
  }

  async #run(name: string, dataFolder: string, logFile: string): Promise<LocalNode> {
    const started = performance.now()
    // A file, not a pipe: a node that outlives this process must not lose its output.
    const log = openSync(logFile, 'w')
    const args = [
      'start',
      '--data',
      dataFolder,
      '--json',
      '--no-local-discovery',
      '--listen',
      '/ip4/127.0.0.1/tcp/0',
    ]
    const child = spawn(process.execPath, [cli, ...args], {
      stdio: ['ignore', log, log],
      detached: this.#detached,
      env: environment(),
    })
    closeSync(log)
    const exited = once(child, 'exit')
    const { pid } = child
    if (pid === undefined) throw new Error(`The node of ${name} could not be started.`)
    this.#running.set(pid, exited)
    await this.#ready(name, logFile, pid, child)
    const client = await connectToNode(dataFolder)
    const { merchant } = await client.get<StatusView>('/status')
    if (this.#detached) child.unref()
    return { name, merchant, dataFolder, pid, readyMs: Math.round(performance.now() - started), client }
  }

  async #ready(
    name: string,
    logFile: string,
    pid: number,
    child: { readonly exitCode: number | null },
  ): Promise<void> {
    for (let waited = 0; waited < readyMsMax; waited += pollMs) {
      const log = await readFile(logFile, 'utf8')
      if (
        log.split('\n').some((line) => line.startsWith('{') && line.includes('"ready"') && line.endsWith('}'))
      )
        return
      if (child.exitCode !== null) throw new Error(`The node of ${name} ended:\n${log}`)
      await sleep(pollMs)
    }
    throw new Error(
      `The node of ${name} (process ${pid}) was not ready after ${readyMsMax} ms. Its log: ${logFile}`,
    )
  }

  /** Ends the nodes that were started here, and only those, and removes their folder. */
  async stop(): Promise<void> {
    await Promise.all([...this.#running].map(([pid, exited]) => end(pid, exited)))
    this.#running.clear()
    await rm(this.folder, { recursive: true, force: true })
  }
}

async function end(pid: number, exited: Promise<unknown>): Promise<void> {
  signal(pid, 'SIGTERM')
  const timer = setTimeout(() => signal(pid, 'SIGKILL'), stopMsMax)
  await exited
  clearTimeout(timer)
}

function signal(pid: number, name: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(pid, name)
  } catch {
    // It has ended by itself.
  }
}

/** The settings of whoever runs this are not those of the example's merchants. */
function environment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([key]) => !key.startsWith('MOSAIC_'))
  return Object.fromEntries(kept)
}

async function run(args: readonly string[]): Promise<void> {
  try {
    await promisify(execFile)(process.execPath, [cli, ...args], { env: environment() })
  } catch (cause) {
    const { stdout = '', stderr = '' } = cause as { readonly stdout?: string; readonly stderr?: string }
    throw new Error(`mosaic ${args[0]} failed: ${stdout}${stderr}`.trim(), { cause })
  }
}

/**
 * Asks again until `look` finds something.
 * @throws {Error} after `msMax`, naming what was waited for
 */
export async function until<T>(what: string, look: () => Promise<T | undefined>, msMax = 15_000): Promise<T> {
  const end = performance.now() + msMax
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    if (performance.now() > end) throw new Error(`Waited ${msMax} ms in vain for ${what}.`)
    await sleep(pollMs)
  }
}
