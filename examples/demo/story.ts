/** What a step found out: numbers and short texts, for the summary and for programs. */
export type Figures = Readonly<Record<string, number | string | boolean>>

interface StepResult {
  readonly name: string
  readonly ok: boolean
  readonly ms: number
  readonly figures: Figures
  readonly error?: string
}

export interface Summary {
  readonly ok: boolean
  readonly steps: readonly StepResult[]
}

/** What a step says while it runs. */
export type Tell = (line: string) => void

const width = 72

/** A story in steps: each is told, timed, and noted. After one that fails, the others are not tried. */
export class Story {
  readonly #json: boolean
  readonly #write: (line: string) => void
  readonly #steps: StepResult[] = []

  /** @param write a line of standard output */
  constructor(json: boolean, write: (line: string) => void) {
    this.#json = json
    this.#write = write
  }

  get failed(): boolean {
    return this.#steps.some(({ ok }) => !ok)
  }

  say(line = ''): void {
    if (!this.#json) this.#write(line)
  }

  /**
   * @param name for programs: short, lower case
   * @param title for people
   */
  async step(name: string, title: string, work: (tell: Tell) => Promise<Figures>): Promise<void> {
    if (this.failed) return
    const started = performance.now()
    this.say(`\n${this.#steps.length + 1}. ${title}`)
    let result: StepResult
    try {
      const figures = await work((line) => this.say(wrapped(line)))
      result = { name, ok: true, ms: since(started), figures }
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      result = { name, ok: false, ms: since(started), figures: {}, error: message }
      this.say(wrapped(`FAILED: ${message}`))
    }
    this.#steps.push(result)
    if (this.#json) this.#write(JSON.stringify({ step: result }))
  }

  /** Says how it went. In JSON this is the last line. */
  end(): Summary {
    const summary = { ok: !this.failed && this.#steps.length > 0, steps: this.#steps }
    if (this.#json) this.#write(JSON.stringify(summary))
    else {
      this.say(`\n${'─'.repeat(width)}`)
      for (const { name, ok, ms } of this.#steps)
        this.say(`${ok ? '✓' : '✗'} ${name.padEnd(width - 14)} ${`${ms} ms`.padStart(11)}`)
    }
    return summary
  }
}

const since = (started: number): number => Math.round(performance.now() - started)

function wrapped(text: string): string {
  return text
    .split('\n')
    .flatMap(wrappedLine)
    .map((line) => `   ${line}`)
    .join('\n')
}

function wrappedLine(text: string): string[] {
  const lines = ['']
  for (const word of text.split(' ')) {
    const last = lines.length - 1
    const line = lines[last] ?? ''
    if (line !== '' && line.length + word.length + 1 > width) lines.push(word)
    else lines[last] = line === '' ? word : `${line} ${word}`
  }
  return lines
}
