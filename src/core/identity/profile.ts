import { z } from 'zod'

/**
 * A name shows what it is: no characters that cannot be seen, turn the direction of writing, or are private; not
 * only spaces. A list and no Unicode property, so that every implementation decides alike.
 */
const visibleName =
  /^(?![ \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]*$)[ -~\u00a0-\u00ac\u00ae-\u061b\u061d-\u180a\u1810-\u200a\u2010-\u2027\u202f-\u205f\u2070-\udb3f\udc00-\udfff\uf900-\ufefe\uff00-\uffef]+$/

/** What a merchant says of itself: record `profile` in repo `trust`. Spec: protocol/records/profile.md. */
export const profileSchema = z.strictObject({
  name: z.string().min(1).max(100).regex(visibleName),
  country: z
    .string()
    .regex(/^[A-Z]{2}$/)
    .exactOptional(), // ISO 3166-1 alpha-2
  languages: z
    .array(z.string().regex(/^[a-z]{2}$/))
    .min(1)
    .max(16)
    .exactOptional(), // ISO 639-1
  website: z
    .string()
    .max(300)
    .regex(/^https?:\/\/[!#-;=?-[\]_a-z~\u00a0-\uffff]+$/) // nothing that could end an attribute of a page
    .exactOptional(),
})
export type Profile = z.infer<typeof profileSchema>

/** Addresses that one node announces, at most. */
export const nodeAddressesMax = 16

/** Where a merchant's node can be dialled: record `node/<peer id>` in repo `trust`. Spec: protocol/records/profile.md. */
export const nodeAddressSchema = z.strictObject({
  peerId: z.string().regex(/^12D3KooW[1-9A-HJ-NP-Za-km-z]{44}$/), // protocol/records/node-binding.md §2
  addresses: z
    .array(
      z
        .string()
        .min(1)
        .max(200)
        .regex(/^\/[!-~]+$/),
    )
    .max(nodeAddressesMax), // multiaddrs
})
export type NodeAddress = z.infer<typeof nodeAddressSchema>
