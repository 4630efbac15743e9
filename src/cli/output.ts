/** Where a command's answer goes: a table for people, or one JSON object a line for programs. */
export interface Output {
  readonly json: boolean
  /** The answer: the object as a line of JSON, or what `text` makes of it. */
  result(value: Readonly<Record<string, unknown>>, text: () => string): void
  /** A note on the way, for people; nothing with --json. */
  note(text: string): void
  /** What happens while a command runs on: a line of JSON, or the text. */
  event(value: Readonly<Record<string, unknown>>, text: () => string): void
  /** Logs and warnings go to stderr, with and without --json. */
  log(text: string): void
  /** Overwrites the last progress line on a terminal; says nothing elsewhere. */
  progress(text: string): void
}

interface TextStream {
  write(text: string): unknown
  readonly isTTY?: boolean
}

const clearLine = '\r\x1b[K'

/** @param streams standard output and error; tests bring their own */
export function createOutput(
  json: boolean,
  streams: { readonly stdout: TextStream; readonly stderr: TextStream } = process,
): Output {
  const { stdout, stderr } = streams
  let progressShown = false
  const endProgress = (): void => {
    if (progressShown) stderr.write(clearLine)
    progressShown = false
  }
  const say = (value: Readonly<Record<string, unknown>>, text: () => string): void => {
    endProgress()
    const line = json ? JSON.stringify(value) : text()
    if (line !== '') stdout.write(`${line}\n`)
  }
  return {
    json,
    result: say,
    event: say,
    note(text) {
      if (json) return
      endProgress()
      stdout.write(`${text}\n`)
    },
    log(text) {
      endProgress()
      stderr.write(`${text}\n`)
    },
    progress(text) {
      if (json || stderr.isTTY !== true) return
      stderr.write(`${clearLine}${text}`)
      progressShown = true
    },
  }
}

/**
 * Says that something takes long, once a second has passed.
 * @param text what is being done, e.g. "Looking for the inviter"
 */
export async function whileWaiting<T>(output: Output, text: string, work: Promise<T>): Promise<T> {
  const started = performance.now()
  const timer = setInterval(() => {
    output.progress(`${text} … ${Math.round((performance.now() - started) / 1000)} s`)
  }, 1000)
  try {
    return await work
  } finally {
    clearInterval(timer)
    output.progress('')
  }
}
