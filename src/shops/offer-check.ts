import { compileScan } from '../core/record/scan.ts'
import { isGtinAscii } from '../core/trade/gtin.ts'
import { type Offer, offerBytesMax, offerChecks, offerSchema } from '../core/trade/offer.ts'
import type { Notes } from './offer-text.ts'
import { cutText } from './text/clean.ts'

/** Only checks what {@link canonicalOffer} wrote; a sixth of what zod takes. */
const scan = compileScan(offerSchema, {
  sku: { test: offerChecks.sku },
  gtin: { test: offerChecks.gtin, testAscii: isGtinAscii },
})

/** Three bytes of UTF-8 for each UTF-16 unit of any text are enough. */
const scratch = Buffer.alloc(64 * 1024)
const lineFeed = 0x0a

export type CheckedOffer =
  | { readonly offer: Offer; readonly text: string }
  | { readonly problem: 'too-large' | 'invalid'; readonly field: string }

/**
 * The canonical text of an offer whose members are in canonical order already, checked against the schema. An offer
 * that is too large loses the ends of its descriptions, then the descriptions.
 */
export function canonicalOffer(draft: Offer, notes: Notes): CheckedOffer {
  let offer = draft
  for (;;) {
    const text = JSON.stringify(offer)
    if (text.length * 3 < scratch.length) {
      const length = scratch.write(text)
      scratch[length] = lineFeed
      if (length <= offerBytesMax)
        return scan(scratch, 0) === length
          ? { offer, text }
          : { problem: 'invalid', field: fieldAtFault(offer) }
    }
    const shorter = shortened(offer)
    if (shorter === undefined) return { problem: 'too-large', field: 'description' }
    notes.add('description-cut')
    offer = shorter
  }
}

function fieldAtFault(offer: Offer): string {
  return offerSchema.safeParse(offer).error?.issues[0]?.path.join('.') ?? 'the form'
}

/** With its longest description cut by a fifth, or without it if it is short; undefined if there is none. */
function shortened(offer: Offer): Offer | undefined {
  const { description, ...rest } = offer
  const longest = Object.entries(description ?? {}).sort(([, a], [, b]) => b.length - a.length)[0]
  if (description === undefined || longest === undefined) return undefined
  const [language, text] = longest
  if (text.length > 200)
    return {
      ...offer,
      description: { ...description, [language]: cutText(text, Math.floor(text.length * 0.8)) },
    }
  const { [language]: _, ...others } = description
  return Object.keys(others).length === 0 ? rest : { ...offer, description: others }
}
