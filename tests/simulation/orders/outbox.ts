import type { Disk } from './disk.ts'
import type { Network } from './network.ts'
import type { Timeline } from './timeline.ts'

const pauseSecondsMax = 300

/** A text on its way, as it lies on the disk. */
export interface Outgoing {
  readonly to: string
  readonly text: string
  readonly notAfter?: number
  /** Key of the order that it is about. */
  readonly order?: string
  /** The first own message of that order in it. */
  readonly seq?: number
}

interface Waiting {
  readonly message: Outgoing
  nextTry: number
  pause: number
}

/** Sends until it is answered, with growing pauses; drops what is over. Rows `outbox/<n>`. */
export class SimOutbox {
  readonly #disk: Disk
  readonly #timeline: Timeline
  readonly #network: Network
  readonly #waiting = new Map<string, Waiting>()
  #next = 0

  constructor(disk: Disk, timeline: Timeline, network: Network) {
    this.#disk = disk
    this.#timeline = timeline
    this.#network = network
  }

  get size(): number {
    return this.#waiting.size
  }

  load(): void {
    this.#waiting.clear()
    for (const [id, text] of this.#disk.entries('outbox/')) {
      this.#waiting.set(id, { message: JSON.parse(text), nextTry: 0, pause: 1 })
      this.#next = Math.max(this.#next, Number(id) + 1)
    }
  }

  /** The writes that put texts in; call `placed` once they are on the disk. */
  add(messages: readonly Outgoing[]): {
    readonly writes: readonly (readonly [string, string])[]
    readonly placed: () => void
  } {
    const rows = messages.map((message) => [String(this.#next++), message] as const)
    return {
      writes: rows.map(([id, message]) => [`outbox/${id}`, JSON.stringify(message)] as const),
      placed: () => {
        for (const [id, message] of rows) this.#waiting.set(id, { message, nextTry: 0, pause: 1 })
      },
    }
  }

  answered(id: string): Outgoing | undefined {
    const row = this.#waiting.get(id)
    if (row === undefined) return undefined
    this.#disk.write(new Map([[`outbox/${id}`, undefined]]))
    this.#waiting.delete(id)
    return row.message
  }

  /** @param drop what to do about a text that is over: it has to write that it is gone */
  flush(
    from: string,
    now: number,
    drop: (message: Outgoing, gone: readonly [string, undefined]) => void,
  ): void {
    for (const [id, row] of [...this.#waiting]) {
      const { message } = row
      if (message.notAfter !== undefined && now > message.notAfter) {
        drop(message, [`outbox/${id}`, undefined])
        this.#waiting.delete(id)
        continue
      }
      if (this.#timeline.now < row.nextTry) continue
      row.nextTry = this.#timeline.now + row.pause
      row.pause = Math.min(pauseSecondsMax, row.pause * 2)
      this.#network.send(from, message.to, { kind: 'text', id, text: message.text })
    }
  }
}
