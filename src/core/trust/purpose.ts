import { z } from 'zod'

/** What one merchant may trust another with, in the order in which statements list them. */
export const contexts = ['delivery', 'quality', 'payment', 'advice'] as const
export type Context = (typeof contexts)[number]

/** Countries or categories of one scope, at most. */
export const scopeEntriesMax = 50
/** Google's product taxonomy has ids below this. */
const categoryMax = 999_999

const countrySchema = z.string().regex(/^[A-Z]{2}$/) // ISO 3166-1 alpha-2
const categorySchema = z.int().min(1).max(categoryMax)

/** Each once, in the order of {@link contexts}. */
export const contextsSchema = z
  .array(z.enum(contexts))
  .min(1)
  .max(contexts.length)
  .refine((named) => isAscending(named.map((context) => contexts.indexOf(context))), {
    error: `each once, in the order ${contexts.join(', ')}`,
  })

/** Which trades an endorsement is for; what is left out is not restricted. */
export const scopeSchema = z
  .strictObject({
    countries: z
      .array(countrySchema)
      .min(1)
      .max(scopeEntriesMax)
      .refine(isAscending, { error: 'sorted, each once' })
      .exactOptional(), // where the goods go
    categories: z
      .array(categorySchema)
      .min(1)
      .max(scopeEntriesMax)
      .refine(isAscending, { error: 'sorted, each once' })
      .exactOptional(), // top categories of Google's product taxonomy
  })
  .refine(({ countries, categories }) => countries !== undefined || categories !== undefined, {
    error: 'restricts something, or is left out',
  })
export type Scope = z.infer<typeof scopeSchema>

/** What a question about trust is asked for. Spec: protocol/trust.md §3. */
export const purposeSchema = z.union([
  z.literal('any'),
  z.strictObject({
    context: z.enum(contexts),
    country: countrySchema.exactOptional(),
    category: categorySchema.exactOptional(),
  }),
])
export type Purpose = z.infer<typeof purposeSchema>

/** Four bits, one for each context. */
export function maskOf(named: readonly Context[]): number {
  return named.reduce((mask, context) => mask | (1 << contexts.indexOf(context)), 0)
}

/** Whether an endorsement restricted to `scope` serves the purpose. Its contexts are another question. */
export function covers(scope: Scope, purpose: Purpose): boolean {
  if (purpose === 'any') return true
  const { country, category } = purpose
  return (
    (scope.countries === undefined || (country !== undefined && scope.countries.includes(country))) &&
    (scope.categories === undefined || (category !== undefined && scope.categories.includes(category)))
  )
}

/** Whether every endorsement that serves `inner` serves `outer` too, whatever its scope. */
export function isWithin(inner: Purpose, outer: Purpose): boolean {
  if (outer === 'any') return true
  if (inner === 'any' || inner.context !== outer.context) return false
  return (
    (inner.country === undefined || inner.country === outer.country) &&
    (inner.category === undefined || inner.category === outer.category)
  )
}

/** One text for equal purposes. */
export function purposeKey(purpose: Purpose): string {
  if (purpose === 'any') return purpose
  return `${purpose.context}/${purpose.country ?? ''}/${purpose.category ?? ''}`
}

function isAscending(values: readonly (string | number)[]): boolean {
  return values.every((value, at) => at === 0 || (values[at - 1] as typeof value) < value)
}
