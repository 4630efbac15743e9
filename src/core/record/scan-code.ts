import type { Scan } from './scan.ts'

/**
 * Gathers the functions of a scanner as JavaScript: the engine compiles straight code for one schema to
 * something twice as fast as functions that look up what to do next. Nothing but the schema goes into it.
 */
export class ScanCode {
  readonly #functions: string[] = []
  readonly #constants: unknown[] = []

  /**
   * Adds a {@link Scan}.
   * @param body JavaScript that returns; it sees `text` and `at`
   * @returns its name
   */
  scan(body: string): string {
    const name = `scan${this.#functions.length}`
    this.#functions.push(`function ${name}(text, at) {\n${body}\n}`)
    return name
  }

  /** @returns the name under which the code sees `value` */
  constant(value: unknown): string {
    const at = this.#constants.indexOf(value)
    return `constant${at < 0 ? this.#constants.push(value) - 1 : at}`
  }

  /** The function of a name, ready to be called. */
  link(name: string): Scan {
    const names = this.#constants.map((_, at) => `constant${at}`)
    const make = new Function(...names, `'use strict'\n${this.#functions.join('\n')}\nreturn ${name}`)
    return make(...this.#constants) as Scan
  }
}

const encoder = new TextEncoder()

/** A condition: `literal` stands at `at`. */
export function standsHere(literal: string): string {
  const tests = [...encoder.encode(literal)].map((byte, index) => `text[at + ${index}] === ${byte}`)
  const [quote, ...others] = tests
  return [...others, quote].join(' && ') // names are told apart by what comes after the quote
}

export const bytesOf = (literal: string): number => encoder.encode(literal).length
