import { z } from 'zod'
import { digestSchema } from '../signature/digest.ts'

/** The name of a repo and the digest of its commit at a rev. Spec: protocol/records/key-event.md §4. */
export const repoHeadSchema = z.strictObject({
  repo: z.string().regex(/^(?:trust|public|assortment\/[a-z0-9-]{1,32})$/),
  rev: z.int().positive(),
  digest: digestSchema,
})
export type RepoHead = z.infer<typeof repoHeadSchema>

/** How many repos one key event may name: 16 kB hold them. */
export const repoHeadsMax = 100

/** By repo in ascending order, one commit a repo. */
export const lastGoodSchema = z
  .array(repoHeadSchema)
  .max(repoHeadsMax)
  .refine((heads) => isAscending(heads.map((head) => head.repo)), {
    error: 'heads have to be sorted by repo, each repo once',
  })

/** By repo, then rev; a repo may have been forked at several revs. */
export const repairsSchema = z
  .array(repoHeadSchema)
  .min(1)
  .max(repoHeadsMax)
  .refine((heads) => isAscending(heads.map((head) => `${head.repo} ${String(head.rev).padStart(16, '0')}`)), {
    error: 'repairs have to be sorted by repo and rev, each rev once',
  })

function isAscending(texts: readonly string[]): boolean {
  return texts.every((text, index) => index === 0 || (texts[index - 1] ?? '') < text)
}
