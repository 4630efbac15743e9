import { z } from 'zod'
import { ed25519KeySchema } from '../signature/base.ts'
import { digestSchema } from '../signature/digest.ts'
import { proofSchema } from '../signature/proof.ts'
import { merchantIdSchema } from './merchant-id.ts'
import { lastGoodSchema, repairsSchema } from './repo-head.ts'

/** One event as canonical text, in bytes of UTF-8. */
export const keyEventBytesMax = 16_384

const shared = {
  type: z.literal('mosaic/key-event'),
  v: z.literal(1),
  merchant: merchantIdSchema,
  /** Signs statements from here until the next event. */
  key: ed25519KeySchema,
  /** Signs this one event and nothing else: it comes from the recovery words and is never stored. */
  eventKey: ed25519KeySchema,
  /** Digest of the 32 raw bytes of the next event's `eventKey`. */
  next: digestSchema,
  time: z.int().nonnegative(), // UTC seconds, a statement of its author: nothing depends on it
  proof: proofSchema,
}

const inceptionSchema = z.strictObject({
  ...shared,
  kind: z.literal('inception'),
  seq: z.literal(0),
})

const rotation = { ...shared, kind: z.literal('rotation'), seq: z.int().positive(), prev: digestSchema }

const orderlySchema = z.strictObject({
  ...rotation,
  reason: z.enum(['scheduled', 'retired']),
  repairs: repairsSchema.optional(),
})

const compromiseSchema = z.strictObject({
  ...rotation,
  reason: z.literal('compromised'),
  lastGood: lastGoodSchema,
  repairs: repairsSchema.optional(),
})

const rotationSchema = z.discriminatedUnion('reason', [orderlySchema, compromiseSchema])

/** Who a merchant is from here on. Spec: protocol/records/key-event.md. */
export const keyEventSchema = z.discriminatedUnion('kind', [inceptionSchema, rotationSchema])

export type KeyEvent = z.infer<typeof keyEventSchema>
