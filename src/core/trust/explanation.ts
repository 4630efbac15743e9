import type { CutPart } from './routes.ts'

export type ExplanationLanguage = 'en' | 'de'

/** How names and amounts read. Names are those that merchants give themselves: whoever shows them escapes them. */
export interface Wording {
  readonly language: ExplanationLanguage
  name(merchant: number): string
  money(minor: number): string
}

const sentences = {
  en: {
    own: (name: string, money: string) => `you vouch for ${name} up to ${money}`,
    other: (author: string, name: string, money: string) => `${author} vouches for ${name} up to ${money}`,
    introducer: (name: string, money: string) => `at most ${money} of your budget goes by way of ${name}`,
    nobody: (name: string) => `Nobody whom you trust vouches for ${name}.`,
    limitedBy: 'Limited by: ',
  },
  de: {
    own: (name: string, money: string) => `Sie bürgen für ${name} bis ${money}`,
    other: (author: string, name: string, money: string) => `${author} bürgt für ${name} bis ${money}`,
    introducer: (name: string, money: string) => `über ${name} laufen höchstens ${money} Ihres Budgets`,
    nobody: (name: string) => `Niemand, dem Sie vertrauen, bürgt für ${name}.`,
    limitedBy: 'Begrenzt durch: ',
  },
} as const

/** What bounds a limit, in a sentence. @param viewer, target numbers of merchants */
export function limitedBy(
  cut: readonly CutPart[],
  { viewer, target }: { readonly viewer: number; readonly target: number },
  wording: Wording,
): string {
  const words = sentences[wording.language]
  if (cut.length === 0) return words.nobody(wording.name(target))
  const parts = cut.map((part) => {
    const money = wording.money(part.minor)
    if (part.kind === 'introducer') return words.introducer(wording.name(part.merchant), money)
    return part.from === viewer
      ? words.own(wording.name(part.to), money)
      : words.other(wording.name(part.from), wording.name(part.to), money)
  })
  return `${words.limitedBy}${parts.join('; ')}.`
}
