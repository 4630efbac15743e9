import { z } from 'zod'

/** What a merchant says of itself: record `profile` in repo `trust`. Spec: protocol/records/profile.md. */
export const profileSchema = z.strictObject({
  name: z
    .string()
    .min(1)
    .max(100)
    .regex(/^[ -~\u00a0-\uffff]+$/),
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
    .regex(/^https?:\/\/[!-~\u00a0-\uffff]+$/)
    .exactOptional(),
})
export type Profile = z.infer<typeof profileSchema>

/** Addresses that one node announces, at most. */
export const nodeAddressesMax = 16

/** Where a merchant's node can be dialled: record `node/<peer id>` in repo `trust`. Spec: protocol/records/profile.md. */
export const nodeAddressSchema = z.strictObject({
  peerId: z.string().regex(/^[1-9A-HJ-NP-Za-km-z]{46,60}$/),
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
