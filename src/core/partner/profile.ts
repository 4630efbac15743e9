import { z } from 'zod'

export const profileNameMax = 100 // UTF-16 code units

/** Control, format (also those that turn the direction of writing) and private characters: a name shows what it is. */
const hidden = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}]/u

/** Who a merchant says it is, as two that pair tell each other. Nobody has checked it. */
export const profileSchema = z.strictObject({
  name: z
    .string()
    .min(1)
    .max(profileNameMax)
    .refine((name) => !hidden.test(name) && name.trim() !== '', {
      error: 'has no visible character, or one that is invisible',
    }),
  country: z
    .string()
    .regex(/^[A-Z]{2}$/) // ISO 3166-1 alpha-2
    .exactOptional(),
})
export type Profile = z.infer<typeof profileSchema>
