import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const launcher = resolve(import.meta.dirname, '../../src/cli/mosaic.js')

export interface Answer {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  /** The last line of stdout, of a command with --json. */
  readonly json: Readonly<Record<string, unknown>>
}

function environment(more: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([key]) => !/^(MOSAIC_|LC_|LANG)/.test(key))
  return { ...Object.fromEntries(kept), LANG: 'en_GB.UTF-8', ...more }
}

/** Runs `mosaic …` as a process of its own, without a terminal. */
export async function mosaic(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const child = spawn(process.execPath, [launcher, ...args], { env: environment(env), stdio: 'pipe' })
  child.stdin.end()
  const [stdout, stderr] = [text(child.stdout), text(child.stderr)]
  const [code] = (await once(child, 'close')) as [number | null]
  const out = await stdout
  const last = out.trimEnd().split('\n').at(-1) ?? ''
  return { code, stdout: out, stderr: await stderr, json: last.startsWith('{') ? JSON.parse(last) : {} }
}

async function text(stream: NodeJS.ReadableStream): Promise<string> {
  let all = ''
  for await (const chunk of stream) all += String(chunk)
  return all
}

/** Merchants in one temporary folder, each with a running node. Stops and removes all at the end of its block. */
export class Merchants implements AsyncDisposable {
  readonly folder: string
  readonly #nodes = new Map<string, ChildProcess>()

  private constructor(folder: string) {
    this.folder = folder
  }

  static async create(): Promise<Merchants> {
    return new Merchants(await mkdtemp(join(tmpdir(), 'mosaic-cli-')))
  }

  data(name: string): string {
    return join(this.folder, name)
  }

  /** `mosaic … --data <name> --json` that must work. @returns its last line */
  async run(name: string, ...args: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
    const answer = await mosaic([...args, '--data', this.data(name), '--json'])
    if (answer.code !== 0) throw new Error(`mosaic ${args.join(' ')}: ${answer.stdout}${answer.stderr}`)
    return answer.json
  }

  /** `mosaic … --data <name>`, for what people see. */
  async say(name: string, ...args: readonly string[]): Promise<string> {
    return (await mosaic([...args, '--data', this.data(name)])).stdout
  }

  async init(name: string): Promise<void> {
    await this.run(name, 'init', '--name', name)
  }

  /** @returns the line that says it is ready */
  async start(name: string, ...args: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
    const local = ['--listen', '/ip4/127.0.0.1/tcp/0', '--no-local-discovery']
    const all = [launcher, 'start', '--data', this.data(name), '--json', ...local, ...args]
    const child = spawn(process.execPath, all, { env: environment({}), stdio: ['ignore', 'pipe', 'pipe'] })
    this.#nodes.set(name, child)
    const errors = text(child.stderr)
    const ready = Promise.withResolvers<string>()
    let said = ''
    child.stdout.on('data', (chunk) => {
      said += String(chunk)
      if (said.includes('\n')) ready.resolve(said.split('\n')[0] ?? '')
    })
    child.on('exit', () => void errors.then((log) => ready.reject(new Error(`${name} ended: ${said}${log}`))))
    return JSON.parse(await ready.promise)
  }

  async stop(name: string, signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    const child = this.#nodes.get(name)
    if (child === undefined) return null
    this.#nodes.delete(name)
    const exited = once(child, 'exit')
    child.kill(signal)
    const [code] = (await exited) as [number | null]
    return code
  }

  /** Two merchants that run and are partners. */
  async partners(one: string, other: string): Promise<void> {
    await Promise.all([this.init(one), this.init(other)])
    await Promise.all([this.start(one), this.start(other)])
    const { invitation } = (await this.run(one, 'invite', '--auto')) as { invitation: { link: string } }
    await this.run(other, 'join', invitation.link)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#nodes.keys()].map((name) => this.stop(name)))
    await rm(this.folder, { recursive: true, force: true })
  }
}

/** Asks again until `look` finds something. @throws after `msMax`, naming what was waited for */
export async function until<T>(what: string, look: () => Promise<T | undefined>, msMax = 15_000): Promise<T> {
  const end = performance.now() + msMax
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    if (performance.now() > end) throw new Error(`waited ${msMax} ms in vain for ${what}`)
    await sleep(50)
  }
}
