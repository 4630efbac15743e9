import { applyChanges, buildPages, changesText, lineOf, readChanges } from '../record/apply.ts'
import { readPage } from '../record/page.ts'
import { type ReadBase, treeOf } from '../record/tree.ts'
import { canonicalText } from '../signature/canonical.ts'
import type { Primitives } from '../signature/primitives.ts'
import { admitTo } from './kinds.ts'

const offersCount = 256
const changedCount = 64
const rounds = 48

/**
 * Reads and changes pages of made-up offers, so that the first sync finds the code compiled by the engine: for
 * 100,000 offers that saves 100 ms of it. Each step takes some 3 ms. The engine compiles beside the main thread,
 * so leave it a few milliseconds between steps.
 */
export function* warmUpAdmission(primitives: Primitives): Generator<void, void, void> {
  const admit = admitTo('public')
  const read: ReadBase = (page) => page.text as Uint8Array
  const pages = buildPages(primitives, lines(offersCount, 0))
  const packed = pages.map(({ text }) => primitives.zstdCompress(text))
  let tree = treeOf(
    primitives,
    pages.map(({ node, text }) => ({ node, base: node, text })),
  )
  for (let round = 1; round <= rounds; round++) {
    yield
    pages.forEach(({ text }, at) => {
      readPage(primitives, primitives.zstdDecompress(packed[at] as Uint8Array, text.length), admit)
    })
    const changes = changesText(lines(changedCount, round).map((line) => ({ key: '', line })))
    tree = applyChanges(primitives, tree, readChanges(primitives, changes, admit), read).tree
  }
}

function lines(count: number, stock: number): Uint8Array[] {
  return Array.from({ length: count }, (_, n) => {
    const sku = `WARM-${String(n).padStart(6, '0')}`
    return lineOf(`offer/${sku}`, canonicalText({ ...offers[n % offers.length], sku, stock }))
  })
}

/** What most offers hold: code is compiled for what has been seen. */
const simple = {
  title: { en: 'Hiking boots, lined, size 42' },
  price: { minor: 12_900, currency: 'EUR' },
  vat: { category: 'S', rate: 1900 },
  gtin: '9521234567899',
  deliveryDays: 2,
  categoryPath: 'Outdoor > Boots',
  images: [{ url: 'https://shop.example/p/12/boots-42.webp' }],
}
const full = {
  ...simple,
  title: { de: 'Wanderstiefel für Täler, gefüttert', en: 'Hiking boots' },
  description: { de: 'Aus einem Stück.\nMit "Profil".', en: 'Made of one piece.' },
  brand: 'Höhenweg',
  mpn: 'HW-42',
  category: 187,
  tags: ['neu', 'outdoor'],
  attributes: { Farbe: 'grün', Größe: '42' },
  group: { id: 'HW', options: { Größe: '42' } },
  recommendedPrice: { minor: 19_900, currency: 'EUR' },
  origin: 'DE',
  weightGrams: 900,
}
const offers = [simple, full, simple, simple]
