import * as z from 'zod'
import { currencyExponent, currencySchema } from '../core/trade/money.ts'
import type { Offer } from '../core/trade/offer.ts'
import { vatRateMax } from '../core/trade/vat.ts'
import { mappingSchema } from './csv/mapping.ts'
import { ImportError } from './import-error.ts'

/** What a person or a setting says about a file. Everything may be left out; what is assumed instead is reported. */
export const importOptionsSchema = z.strictObject({
  /** For prices without a currency. */
  currency: currencySchema.exactOptional(),
  /** ISO 639-1, for texts without a language. */
  language: z
    .string()
    .regex(/^[a-z]{2}$/)
    .exactOptional(),
  /** The VAT rate, in basis points, of products whose own the file does not say. */
  vatBasisPoints: z.int().min(0).max(vatRateMax).exactOptional(),
  /** Rates by the shop's tax class, in basis points ("reduced-rate": 700). */
  vatClasses: z.record(z.string().max(100), z.int().min(0).max(vatRateMax)).exactOptional(),
  /** Whether prices hold VAT, where the file does not say so itself. Default: gross for Google feeds, else net. */
  prices: z.enum(['net', 'gross']).exactOptional(),
  /** The decimal separator, where a single one is followed by three digits. */
  decimals: z.enum(['dot', 'comma']).exactOptional(),
  /** What the columns of a table mean. Given: the table is read by it, whatever it looks like. */
  mapping: mappingSchema.exactOptional(),
  /** A label of the Encoding Standard ("windows-1252"). */
  encoding: z.string().max(40).exactOptional(),
  delimiter: z.enum([',', ';', '\t', '|']).exactOptional(),
  /** Where relative image names lie. */
  imageBase: z
    .string()
    .max(500)
    .regex(/^https?:\/\//)
    .exactOptional(),
  /** The unit of weights without one (Magento). */
  weightUnit: z.enum(['g', 'kg', 'lb', 'oz']).exactOptional(),
  /** ISO 3166: which of several prices counts (BMEcat). Default: the catalog's first territory. */
  territory: z
    .string()
    .regex(/^[A-Z]{2}$/)
    .exactOptional(),
  /** UTC seconds. Sale prices with dates are in force only if it is given. */
  now: z.int().min(0).exactOptional(),
})

export type ImportOptions = z.input<typeof importOptionsSchema> & {
  /** The offer as it stands, for files that only change prices. */
  readonly existing?: (sku: string) => Offer | undefined | Promise<Offer | undefined>
  readonly signal?: AbortSignal
}

/** @throws {ImportError} `option-invalid`, naming the option */
export function checkOptions(options: ImportOptions): ImportOptions {
  const { existing: _, signal: __, ...plain } = options
  const checked = importOptionsSchema.safeParse(plain)
  if (!checked.success) {
    const issue = checked.error.issues[0]
    const field = issue?.path.join('.') ?? ''
    throw new ImportError('option-invalid', `The option ${field} is not valid: ${issue?.message}.`, { field })
  }
  if (options.currency !== undefined && currencyExponent(options.currency) === undefined)
    throw new ImportError('option-invalid', `${options.currency} is no currency of ISO 4217.`, {
      field: 'currency',
    })
  if (options.encoding !== undefined) {
    try {
      new TextDecoder(options.encoding)
    } catch (cause) {
      throw new ImportError(
        'option-invalid',
        `The encoding ${options.encoding} is not known.`,
        { field: 'encoding' },
        { cause },
      )
    }
  }
  return options
}
