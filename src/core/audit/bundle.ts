import { z } from 'zod'
import { merchantIdSchema } from '../identity/merchant-id.ts'
import { linksMax } from '../record/history.ts'
import { isRecordKey, repoNameSchema } from '../record/key.ts'
import { leafEntriesMax, nodeChildrenMax } from '../record/shape.ts'
import type { JsonObject } from '../signature/canonical.ts'
import { digestSchema } from '../signature/digest.ts'
import { proofSchema } from '../signature/proof.ts'
import { trustParametersSchema } from '../trust/parameters.ts'
import { purposeSchema } from '../trust/purpose.ts'

/** A bundle as a file, in bytes. */
export const bundleBytesMax = 16_777_216
/** Key logs of a bundle. */
export const bundleMerchantsMax = 2_000
/** Endorsements of a bundle. */
export const bundleEndorsementsMax = 5_000
/** Deals of a bundle. */
export const bundleDealsMax = 1_000
/** Paths of a flow, and merchants on one. */
export const bundlePathsMax = 5_000
/** A time stamp token as base64, in characters. */
export const timestampCharsMax = 65_536

const timeMax = 0xffff_fffe
const levelsMax = 24
const timeSchema = z.int().min(0).max(timeMax) // UTC seconds
const base64Schema = z.string().regex(/^[A-Za-z0-9+/]{4,}={0,2}$/)

/** A signature as openssl takes it. Spec: protocol/records/audit.md §2. */
const rawSignatureSchema = z.strictObject({
  key: base64Schema.max(256), // PEM
  message: base64Schema.length(88), // the 64 bytes that are signed
  signature: base64Schema.length(88),
})
export type RawSignature = z.infer<typeof rawSignatureSchema>

/** Some object: what it has to be is asked where it is used. */
const objectSchema = z.custom<JsonObject>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  { error: 'not an object' },
)
const signedSchema = rawSignatureSchema.extend({ statement: objectSchema })
/** A statement with its signature as openssl takes it. */
export type Signed = z.infer<typeof signedSchema>

const inclusionSchema = z.strictObject({
  key: z.string().refine(isRecordKey, { error: 'not a key' }),
  path: z.array(z.array(z.tuple([z.string(), digestSchema])).max(nodeChildrenMax)).max(levelsMax),
  leaf: z.array(z.tuple([z.string(), objectSchema])).max(leafEntriesMax),
})

/** A commit of somebody's `trust` repo, and what is shown to be in its tree, or not. */
const headSchema = z.strictObject({
  ageSeconds: z.int().min(0),
  commit: signedSchema,
  proofs: z.array(inclusionSchema).min(1).max(bundleEndorsementsMax),
})
export type BundleHead = z.infer<typeof headSchema>

/** Merchants between viewer and subject, in order, and how much goes this way. */
const pathSchema = z.strictObject({
  via: z.array(merchantIdSchema).max(bundleMerchantsMax),
  amountMinor: z.int().min(1),
})
export type FlowPath = z.infer<typeof pathSchema>

/** "I may risk so much with this merchant." */
const limitClaimSchema = z
  .strictObject({
    kind: z.literal('limit'),
    viewer: merchantIdSchema,
    subject: merchantIdSchema,
    purpose: purposeSchema,
    time: timeSchema,
    parameters: trustParametersSchema,
    limitMinor: z.int().min(1),
  })
  .refine(({ viewer, subject }) => viewer !== subject, { error: 'is not the viewer', path: ['subject'] })
export type LimitClaim = z.infer<typeof limitClaimSchema>

/** "This merchant's `trust` repo holds nothing under this key." */
const absentClaimSchema = z.strictObject({
  kind: z.literal('absent'),
  merchant: merchantIdSchema,
  key: z.string().refine(isRecordKey, { error: 'not a key' }),
  time: timeSchema,
})
export type AbsentClaim = z.infer<typeof absentClaimSchema>

/** "This merchant signed two commits of one rev." */
const equivocationClaimSchema = z.strictObject({
  kind: z.literal('equivocation'),
  merchant: merchantIdSchema,
  repo: repoNameSchema,
  rev: z.int().min(1),
})
export type EquivocationClaim = z.infer<typeof equivocationClaimSchema>

export type Claim = LimitClaim | AbsentClaim | EquivocationClaim

const shared = {
  type: z.literal('mosaic/audit-bundle'),
  v: z.literal(1),
  from: merchantIdSchema, // the exporter
  time: timeSchema, // of the export
  keyLogs: z.array(z.array(signedSchema).min(1)).min(1).max(bundleMerchantsMax),
  timestamp: base64Schema.max(timestampCharsMax).exactOptional(), // RFC 3161
  keyEvent: digestSchema,
  proof: proofSchema,
}

const limitBundleSchema = z.strictObject({
  ...shared,
  claim: limitClaimSchema,
  paths: z.array(pathSchema).min(1).max(bundlePathsMax),
  endorsements: z
    .array(z.strictObject({ acceptance: rawSignatureSchema.exactOptional(), endorsement: signedSchema }))
    .min(1)
    .max(bundleEndorsementsMax),
  deals: z
    .array(z.strictObject({ commit: signedSchema, confirm: signedSchema }))
    .min(1)
    .max(bundleDealsMax)
    .exactOptional(),
  heads: z.array(headSchema).max(bundleMerchantsMax),
})
export type LimitBundle = z.infer<typeof limitBundleSchema>

const absentBundleSchema = z.strictObject({
  ...shared,
  claim: absentClaimSchema,
  heads: z.tuple([headSchema]),
})
export type AbsentBundle = z.infer<typeof absentBundleSchema>

const chainSchema = z.strictObject({ commit: signedSchema, links: z.array(objectSchema).max(linksMax) })
const equivocationBundleSchema = z.strictObject({
  ...shared,
  claim: equivocationClaimSchema,
  chains: z.tuple([chainSchema, chainSchema]),
})
export type EquivocationBundle = z.infer<typeof equivocationBundleSchema>

/** What an auditor gets; the file is one {@link Signed} of it. Spec: protocol/records/audit.md. */
export type Bundle = LimitBundle | AbsentBundle | EquivocationBundle

export const bundleSchemas: {
  readonly [K in Claim['kind']]: z.ZodType<Extract<Bundle, { claim: { kind: K } }>>
} = { limit: limitBundleSchema, absent: absentBundleSchema, equivocation: equivocationBundleSchema }

/** The whole file. */
export const fileSchema = signedSchema
