import { z } from 'zod'
import type { KeyLog } from '../identity/key-log.ts'
import { type MerchantId, merchantIdSchema } from '../identity/merchant-id.ts'
import { digestSchema } from '../signature/digest.ts'
import type { Primitives } from '../signature/primitives.ts'
import { proofSchema } from '../signature/proof.ts'
import { invitationIdSchema } from './invitation-keys.ts'
import { type PairStatementVerdict, verifyPairStatement } from './pair-statement.ts'

/** A statement's canonical text, in bytes of UTF-8. */
export const relationBytesMax = 2_048
/** Bounds what a partner can make us keep. The last one is for `ended`, so that ending is always possible. */
export const relationSeqMax = 1_000
export const relationGenerationMax = 1_000_000

/** What one side says. `invited` is no word of one side: it is what holds while only one has signed. */
const relationWords = ['partner', 'paused', 'ended'] as const
export type RelationWord = (typeof relationWords)[number]

/** "This is what I am to you." Spec: protocol/records/relation.md §1. */
export const relationSchema = z
  .strictObject({
    type: z.literal('mosaic/relation'),
    v: z.literal(1),
    from: merchantIdSchema,
    to: merchantIdSchema,
    /** Counts partnerships of these two; one that ended begins anew only with a new invitation. */
    generation: z.int().min(1).max(relationGenerationMax),
    seq: z.int().min(0).max(relationSeqMax), // of this author towards this recipient, over all generations
    prev: digestSchema.exactOptional(), // of the author's statement before; absent at seq 0
    state: z.enum(relationWords),
    /** The invitation that began this generation, and who made it. */
    invitation: z.strictObject({ id: invitationIdSchema, by: merchantIdSchema }),
    time: z.int().nonnegative(), // UTC seconds
    keyEvent: digestSchema,
    proof: proofSchema,
  })
  .refine(({ seq, prev }) => (seq === 0) === (prev === undefined), {
    error: 'stands in every statement but the first',
    path: ['prev'],
  })
  .refine(({ seq, state }) => seq < relationSeqMax || state === 'ended', {
    error: `the last seq, ${relationSeqMax}, is for ended`,
    path: ['state'],
  })
  .refine(({ from, to }) => from !== to, { error: 'nobody is a partner of itself', path: ['to'] })
  .refine(({ from, to, invitation: { by } }) => by === from || by === to, {
    error: 'is one of the two',
    path: ['invitation', 'by'],
  })

export type RelationStatement = z.infer<typeof relationSchema>
/** A statement before it is signed. */
export type RelationBody = Omit<RelationStatement, 'proof'>

/** @param expected `log`: the author's; `to`: whom it has to address. One signature verification. */
export function verifyRelation(
  primitives: Primitives,
  text: string,
  expected: { readonly log: KeyLog; readonly to: MerchantId },
): PairStatementVerdict<RelationStatement> {
  return verifyPairStatement(primitives, relationSchema, text, relationBytesMax, expected)
}
