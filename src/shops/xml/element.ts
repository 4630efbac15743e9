/** An element of a record, without its namespace prefix. */
export class Element {
  readonly name: string
  /** Where its tag begins, from 1. */
  readonly line: number
  readonly attributes: Readonly<Record<string, string>>
  readonly children: Element[] = []
  /** The text directly in it. */
  text = ''

  constructor(name: string, line: number, attributes: Readonly<Record<string, string>>) {
    this.name = name
    this.line = line
    this.attributes = attributes
  }

  /** The first element at the end of a path of names; several names in one step: any of them. */
  find(...path: readonly (string | readonly string[])[]): Element | undefined {
    let found: Element | undefined = this
    for (const step of path)
      found = found?.children.find(({ name }) =>
        typeof step === 'string' ? name === step : step.includes(name),
      )
    return found
  }

  all(...names: readonly string[]): Element[] {
    return this.children.filter(({ name }) => names.includes(name))
  }

  /** The trimmed text at the end of a path; '' if there is none. */
  textOf(...path: readonly (string | readonly string[])[]): string {
    return this.find(...path)?.text.trim() ?? ''
  }
}
