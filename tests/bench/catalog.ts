import { createReadStream, readFileSync, writeFileSync } from 'node:fs'
import { canonicalText } from '../../src/core/signature/canonical.ts'
import type { Offer } from '../../src/core/trade/offer.ts'
import { importCatalog } from '../../src/shops/catalog.ts'
import { type Offers, random, skuOf } from './offers.ts'

/** What the made-up copies of real offers are made from. */
interface Catalog {
  readonly offers: readonly Offer[]
  readonly words: readonly string[]
}

/** Of a copy's words, the part that is another word of the catalog: so that copies do not compress away. */
const variedPart = 0.4

/** Imports catalog files and keeps their offers as one file for {@link openCatalog}. @returns how many there are */
export async function writeCatalog(files: readonly string[], to: string): Promise<number> {
  const offers: Offer[] = []
  for (const file of files)
    for await (const event of importCatalog(() => createReadStream(file), {
      currency: 'EUR',
      language: 'en',
    }))
      if (event.type === 'offer') offers.push(event.offer)
  if (offers.length === 0) throw new Error('the files hold no offers')
  const texts = offers.flatMap((offer) => [
    ...Object.values(offer.title),
    ...Object.values(offer.description ?? {}),
  ])
  const words = [...new Set(texts.flatMap((text) => text.split(/\s+/)))].filter((word) => word !== '')
  writeFileSync(to, JSON.stringify({ offers, words } satisfies Catalog))
  return offers.length
}

/** Offers after real ones, as many as are asked for: each copy has a SKU, words, price and stock of its own. */
export function openCatalog(file: string): Offers {
  const { offers, words } = JSON.parse(readFileSync(file, 'utf8')) as Catalog
  return (n, version = 0, stock) => {
    const next = random(Math.imul(n + 1, 0x85ebca6b))
    const real = offers[n % offers.length] as Offer
    const varied = (text: string): string =>
      text
        .split(' ')
        .map((word) => (next() < variedPart ? (words[Math.floor(next() * words.length)] as string) : word))
        .join(' ')
        .slice(0, text.length)
        .trim() || text
    const texts = (of: Readonly<Record<string, string>>): Record<string, string> =>
      Object.fromEntries(Object.entries(of).map(([language, text]) => [language, varied(text)]))
    const { gtin: _, ...rest } = real
    const offer: Offer = {
      ...rest,
      sku: skuOf(n),
      title: texts(real.title),
      ...(real.description === undefined ? {} : { description: texts(real.description) }),
      price: { ...real.price, minor: real.price.minor + (n % 97) + version * 7 },
      stock: stock ?? (Math.floor(next() * 500) + version * 13) % 1000,
    }
    return canonicalText(offer)
  }
}
