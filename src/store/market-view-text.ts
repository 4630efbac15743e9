import type { Offer } from '../core/trade/offer.ts'

/** Letters that Unicode does not decompose, with what people type for them. */
const plainLetters: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'a',
  œ: 'o',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ı: 'i',
}

/**
 * The words of a text as the index holds them: lower case, without accents, and with ä, ae and a the same
 * (so ö, oe, o and ü, ue, u; ß and ss). Both sides of a search are folded, so "Muetze", "Mütze" and "mutze"
 * find one another. The beginning of a word folds to the beginning of its fold: prefixes go on matching.
 */
export function foldWords(text: string): string[] {
  return text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/\p{M}+/gu, '')
    .replace(/[ßæœøłđðþı]/g, (letter) => plainLetters[letter] ?? letter)
    .replace(/([aou])e/g, '$1')
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '')
}

/** Words of one column, each once: the index keeps no positions and no counts. */
function column(texts: Iterable<string>): string {
  const words = new Set<string>()
  for (const text of texts) for (const word of foldWords(text)) words.add(word)
  return [...words].join(' ')
}

/** What is searched first: all titles, brand, SKU, MPN. */
export function titleWords(offer: Offer): string {
  return column([...Object.values(offer.title), offer.brand ?? '', offer.sku, offer.mpn ?? ''])
}

/** What is searched after it: descriptions, category path, attributes, options, tags. */
export function descriptionWords(offer: Offer): string {
  return column([
    ...Object.values(offer.description ?? {}),
    offer.categoryPath ?? '',
    ...Object.values(offer.attributes ?? {}),
    ...Object.values(offer.group?.options ?? {}),
    ...(offer.tags ?? []),
  ])
}

/** "Camping > Zelte > Zubehör" is `['camping', 'camping>zelte', 'camping>zelte>zubehor']`. */
export function pathPrefixes(categoryPath: string): string[] {
  const steps = categoryPath
    .split('>')
    .map((step) => foldWords(step).join(' '))
    .filter((step) => step !== '')
  return steps.map((_, index) => steps.slice(0, index + 1).join('>'))
}
