import { z } from 'zod'
import type { AccountLogs } from './account.ts'
import { accountParcelOf } from './account-admission.ts'
import { accountMessagesMax } from './account-message.ts'
import { headOf, lackingOf, logDifference, logHeadSchema } from './order-heads.ts'
import { linkLogs, type Side } from './order-log.ts'

const headSchema = logHeadSchema(accountMessagesMax)

/** "This is what I hold of our account." Not signed. Spec: protocol/records/account.md §6. */
export const accountHeadsSchema = z.strictObject({
  type: z.literal('mosaic/account-heads'),
  v: z.literal(1),
  first: headSchema.exactOptional(), // of the merchant whose id is smaller
  second: headSchema.exactOptional(),
})
export type AccountHeads = z.infer<typeof accountHeadsSchema>

const sides: readonly Side[] = [0, 1]

export function accountHeadsOf({ entries }: AccountLogs): AccountHeads {
  const linked = linkLogs(entries)
  const [first, second] = sides.map((side) => headOf(entries, linked, side))
  return {
    type: 'mosaic/account-heads',
    v: 1,
    ...(first === undefined ? {} : { first }),
    ...(second === undefined ? {} : { second }),
  }
}

/** What to send of an account, and whether something is lacking here: then answer with the own heads. */
export function compareAccountHeads(
  logs: AccountLogs,
  theirs: AccountHeads,
): { readonly parcels: readonly string[]; readonly isLacking: boolean } {
  const linked = linkLogs(logs.entries)
  const parcels: string[] = []
  let isLacking = false
  for (const side of sides) {
    const head = side === 0 ? theirs.first : theirs.second
    const difference = logDifference(logs.entries, linked, side, head)
    if (difference === undefined) continue
    isLacking ||= difference.here
    for (const entry of lackingOf(logs.entries[side], difference)) {
      const { content } = entry.message
      parcels.push(accountParcelOf(entry, content === undefined ? undefined : logs.documents.get(content)))
    }
  }
  return { parcels, isLacking }
}
