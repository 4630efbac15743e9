import type { TargetView } from './evaluate.ts'

export type ExplanationLanguage = 'en' | 'de'

/** How merchants and amounts read. Merchants give themselves their names: whoever shows them makes them harmless. */
export interface Wording {
  readonly language: ExplanationLanguage
  name(merchant: string): string
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

/** What bounds the limit of `target`, in a sentence. Spec: protocol/trust.md §10. */
export function limitedBy(
  cut: TargetView['cut'],
  { viewer, target }: { readonly viewer: string; readonly target: string },
  wording: Wording,
): string {
  const words = sentences[wording.language]
  if (cut.length === 0) return words.nobody(wording.name(target))
  const parts = cut.map((part) => {
    const money = wording.money(part.amountMinor)
    if ('node' in part) return words.introducer(wording.name(part.node), money)
    return part.from === viewer
      ? words.own(wording.name(part.to), money)
      : words.other(wording.name(part.from), wording.name(part.to), money)
  })
  return `${words.limitedBy}${parts.join('; ')}.`
}
