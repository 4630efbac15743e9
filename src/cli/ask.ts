import type { Texts } from './texts/texts.ts'
import { Cancelled, UsageError } from './usage-error.ts'

/** Questions to the person at the terminal. Each can be answered by a flag; without a terminal none is asked. */
export interface Ask {
  /** Whether somebody is there to answer. */
  readonly possible: boolean
  /** @param flag what would have answered the question, e.g. `--name NAME` */
  text(question: string, flag: string, check?: (answer: string) => string | undefined): Promise<string>
  secret(question: string, flag: string): Promise<string>
  confirm(question: string, flag: string): Promise<boolean>
  choose<T extends string>(
    question: string,
    flag: string,
    choices: readonly { readonly value: T; readonly label: string }[],
  ): Promise<T>
}

export function createAsk(possible: boolean, texts: Texts): Ask {
  const prompts = () => import('@clack/prompts')
  const needs = (question: string, flag: string): void => {
    if (!possible) throw new UsageError('flag-missing', texts.errors.flagMissing(question, flag), flag)
  }
  // A question that is broken off is answered with a symbol.
  const answered = <T extends string | boolean>(answer: T | symbol): T => {
    if (typeof answer === 'symbol') throw new Cancelled(texts.errors.cancelled)
    return answer
  }
  return {
    possible,
    async text(question, flag, check) {
      needs(question, flag)
      const { text } = await prompts()
      return answered<string>(await text({ message: question, validate: (value) => check?.(value ?? '') }))
    },
    async secret(question, flag) {
      needs(question, flag)
      const { password } = await prompts()
      return answered<string>(await password({ message: question }))
    },
    async confirm(question, flag) {
      needs(question, flag)
      const { confirm } = await prompts()
      return answered<boolean>(await confirm({ message: question }))
    },
    async choose(question, flag, choices) {
      needs(question, flag)
      const { select } = await prompts()
      const answer = await select<string>({
        message: question,
        options: choices.map(({ value, label }) => ({ value, label })),
      })
      const chosen = choices.find(({ value }) => value === answered(answer))
      if (chosen === undefined) throw new Cancelled(texts.errors.cancelled)
      return chosen.value
    },
  }
}
