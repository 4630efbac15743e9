import { canonicalText } from '../../src/core/signature/canonical.ts'
import { openCatalog } from './catalog.ts'

/** A small seeded generator (mulberry32): the same offers on every machine. */
export function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

const made = [
  'Cordless',
  'Stainless',
  'Organic',
  'Waterproof',
  'Foldable',
  'Compact',
  'Heavy-duty',
  'Wireless',
  'Recycled',
  'Adjustable',
  'Insulated',
  'Magnetic',
  'Portable',
  'Rechargeable',
  'Ergonomic',
  'Handmade',
]
const things = [
  'Drill Driver',
  'Water Bottle',
  'Coffee Beans',
  'Rain Jacket',
  'Camping Chair',
  'Desk Lamp',
  'Tool Case',
  'Headphones',
  'Shopping Bag',
  'Bike Stand',
  'Lunch Box',
  'Phone Mount',
  'Gas Stove',
  'Head Torch',
  'Office Chair',
  'Cutting Board',
]
const extras = [
  'with Carry Bag',
  'for Home and Garden',
  '2026 Edition',
  'Twin Pack',
  'incl. 2 Batteries',
  'Size M',
  'Size XL',
  'Matt Black',
  'Forest Green',
  '500 ml',
  '1.5 kg',
  '18 V',
  'Professional Series',
  'with USB-C Cable',
  'EU Plug',
  'Gift Box',
]
const categories = [
  'tools/power',
  'kitchen/drinkware',
  'food/coffee',
  'clothing/outdoor',
  'outdoor/camping',
  'home/lighting',
  'tools/storage',
  'electronics/audio',
  'home/bags',
  'sports/cycling',
  'kitchen/food-storage',
  'electronics/mobile',
  'outdoor/cooking',
  'outdoor/lighting',
  'office/seating',
  'kitchen/prep',
]
const currencies = ['EUR', 'EUR', 'EUR', 'CHF', 'GBP', 'SEK']
const rates = [1900, 700, 2100, 2000, 810, 2500]

export const skuOf = (n: number): string => `SKU-${String(n).padStart(7, '0')}`
export const keyOf = (n: number): string => `offer/${skuOf(n)}`

/** A GTIN-13 in a range of numbers that no shop uses for these words. */
function gtinOf(digits: number): string {
  const twelve = `400${String(digits).padStart(9, '0')}`
  const sum = [...twelve].reduce((total, digit, at) => total + Number(digit) * (at % 2 === 0 ? 1 : 3), 0)
  return `${twelve}${(10 - (sum % 10)) % 10}`
}

/** Offer `n` at a version: some 330 bytes of canonical JSON; versions differ in price and stock. */
export function offerText(n: number, version = 0, stock?: number): string {
  const next = random(0x5eed2026 ^ Math.imul(n + 1, 0x9e3779b1))
  const pick = <T>(from: readonly T[]): T => from[(next() * from.length) | 0] as T
  const thing = (next() * 16) | 0
  let title = `${pick(made)} ${things[thing]} ${pick(extras)}`
  const length = 40 + ((next() * 41) | 0)
  while (title.length < length) title += `, ${pick(made).toLowerCase()} ${pick(extras)}`
  title = title.slice(0, length).trimEnd()
  const minor = 199 + ((next() * 50_000) | 0)
  const pieces = (next() * 500) | 0
  const image = [next(), next()]
    .map((part) => ((part * 0xffffffff) >>> 0).toString(16).padStart(8, '0'))
    .join('')
  return canonicalText({
    sku: skuOf(n),
    gtin: gtinOf((next() * 999_999_999) | 0),
    title: { en: title },
    price: { minor: minor + version * 7, currency: pick(currencies) },
    vat: { category: 'S', rate: pick(rates) },
    stock: stock ?? (pieces + version * 13) % 1000,
    deliveryDays: 1 + ((next() * 10) | 0),
    categoryPath: categories[thing] as string,
    images: [{ url: `https://img.shop-${n % 97}.example/p/${image.slice(0, 2)}/${image}.webp` }],
  })
}

/** One offer in a hundred: what changes while a replica is away. */
export function changedOnes(count: number): number[] {
  const ones: number[] = []
  for (let n = 37 % count; n < count; n += 100) ones.push(n)
  return ones
}

/** Gives the canonical text of offer `n` at a version; `stock` if given stands in for its own. */
export type Offers = (n: number, version?: number, stock?: number) => string

/** @param file a catalog as {@link writeCatalog} leaves it; without one the made-up offers */
export function openOffers(file?: string): Offers {
  return file === undefined ? offerText : openCatalog(file)
}

/** The sum that the bench compares contents by: over price and stock, in order of keys. */
export function sumOf(sum: number, text: string): number {
  const offer = JSON.parse(text)
  return (sum + offer.price.minor * 31 + (offer.stock ?? 0)) % 2_147_483_647
}
