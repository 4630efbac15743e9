import { applyChanges, buildPages, changesText, lineOf, readChanges } from '../record/apply.ts'
import { readPage } from '../record/page.ts'
import { type ReadBase, treeOf } from '../record/tree.ts'
import { canonicalText } from '../signature/canonical.ts'
import type { Primitives } from '../signature/primitives.ts'
import { admitTo } from './kinds.ts'

const offersCount = 1_000
const rounds = 3

/**
 * Reads and changes pages of made-up offers, so that the first sync finds the code compiled by the engine:
 * some 50 ms at the start of a node instead of 150 ms in its first sync.
 */
export function warmUpAdmission(primitives: Primitives): void {
  const admit = admitTo('public')
  const lines = (stock: number, step: number): Uint8Array[] => {
    const made: Uint8Array[] = []
    for (let n = 0; n < offersCount; n += step) {
      const sku = `WARM-${String(n).padStart(6, '0')}`
      made.push(lineOf(`offer/${sku}`, canonicalText({ ...offer, sku, stock })))
    }
    return made
  }
  const read: ReadBase = (page) => page.text as Uint8Array
  const pages = buildPages(primitives, lines(0, 1))
  let tree = treeOf(
    primitives,
    pages.map(({ node, text }) => ({ node, base: node, text })),
  )
  for (let round = 1; round <= rounds; round++) {
    for (const { text } of pages) {
      const packed = primitives.zstdCompress(text)
      readPage(primitives, primitives.zstdDecompress(packed, text.length), admit)
    }
    const changes = changesText(lines(round, 10).map((line) => ({ key: '', line })))
    tree = applyChanges(primitives, tree, readChanges(primitives, changes, admit), read)
  }
}

const offer = {
  title: { de: 'Wanderstiefel', en: 'Hiking boots' },
  price: { minor: 12_900, currency: 'EUR' },
  vat: { category: 'S', rate: 1900 },
  gtin: '9521234567899',
  deliveryDays: 2,
  categoryPath: 'Outdoor > Schuhe',
  images: [{ url: 'https://shop.example/boots.webp' }],
}
