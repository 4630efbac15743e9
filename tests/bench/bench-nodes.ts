import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BenchProcess } from './bench-process.ts'
import type { SyncMethods } from './sync.child.ts'

export type Node = BenchProcess<SyncMethods>

/** The processes and folders of a bench, each run with new ones. */
export class BenchNodes {
  readonly #catalog: string | undefined
  readonly #directory = mkdtempSync(join(tmpdir(), 'mosaic-bench-'))
  readonly #processes = new Set<Node>()
  #folders = 0

  /** @param catalog what {@link openOffers} opens */
  constructor(catalog?: string) {
    this.#catalog = catalog
  }

  async process(): Promise<Node> {
    const process = await BenchProcess.start<SyncMethods>(
      join(import.meta.dirname, 'sync.child.ts'),
      this.#catalog === undefined ? [] : [this.#catalog],
    )
    this.#processes.add(process)
    return process
  }

  folder(): string {
    const folder = join(this.#directory, String(this.#folders++))
    mkdirSync(folder)
    return folder
  }

  async end(...processes: Node[]): Promise<void> {
    for (const process of processes) {
      await process.stop()
      this.#processes.delete(process)
    }
  }

  /** A store that was filled by a process of its own, so that the sender's memory is that of sending. */
  async seed(fill: (node: Node) => Promise<unknown>): Promise<string> {
    const directory = this.folder()
    const node = await this.process()
    await node.call('open', { directory })
    await fill(node)
    await node.call('close', {})
    await this.end(node)
    return directory
  }

  /** The author's node on a copy of a seeded store. */
  async author(seeded: string): Promise<{ node: Node; addresses: string[]; port: number }> {
    const directory = this.folder()
    cpSync(seeded, directory, { recursive: true })
    const node = await this.process()
    const addresses = await node.call('open', { directory })
    const port = Number(/\/tcp\/(\d+)/.exec(addresses[0] ?? '')?.[1])
    return { node, addresses, port }
  }

  async close(): Promise<void> {
    await this.end(...this.#processes)
    rmSync(this.#directory, { recursive: true, force: true })
  }
}
