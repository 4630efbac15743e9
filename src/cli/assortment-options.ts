import type { Command } from 'commander'
import type { z } from 'zod'
import { type GrantTerms, grantChannels } from '../core/partner/grant.ts'
import {
  type PriceRule,
  priceRuleSchema,
  type Rule,
  ruleSchema,
  type Selector,
  type StockRule,
} from '../core/trade/assortment-schema.ts'
import { termsDefault } from '../node/grant-terms.ts'
import { type Frame, several } from './frame.ts'
import { collect, minorUnits, oneOf, percent, wholeNumber } from './parse.ts'
import { UsageError } from './usage-error.ts'

const licences = ['none', 'as-is', 'adapt'] as const
type Licence = (typeof licences)[number]
type Channel = (typeof grantChannels)[number]

/** The flags that say which products at which terms. */
export interface DefinitionOptions {
  readonly title?: string
  readonly category?: readonly string[]
  readonly brand?: readonly string[]
  readonly tag?: readonly string[]
  readonly sku?: readonly string[]
  readonly gtin?: readonly string[]
  readonly priceFrom?: string
  readonly priceTo?: string
  readonly withoutCategory?: readonly string[]
  readonly withoutBrand?: readonly string[]
  readonly withoutTag?: readonly string[]
  readonly withoutSku?: readonly string[]
  readonly rule?: string
  readonly discount?: number
  readonly markup?: number
  readonly margin?: number
  readonly fixedPrice?: string
  readonly priceList?: string
  readonly roundTo?: number
  readonly currency?: string
  readonly safetyStock?: number
  readonly stockShare?: number
  readonly stockMax?: number
  readonly licenceTexts?: Licence
  readonly licenceImages?: Licence
  readonly channels?: readonly Channel[]
  readonly neutralDelivery?: boolean
}

export interface Definition {
  readonly title: string | undefined
  readonly rule: Rule
  readonly priceRule: PriceRule
  readonly stockRule: StockRule
  /** What partners may do beside reading. */
  readonly terms: GrantTerms
}

export function definitionOptions(frame: Frame, command: Command): Command {
  const texts = frame.texts.definition
  return command
    .option('--title <text>', texts.title)
    .option('--category <category>', several(frame, texts.category), collect)
    .option('--brand <brand>', several(frame, texts.brand), collect)
    .option('--tag <tag>', several(frame, texts.tag), collect)
    .option('--sku <sku>', several(frame, texts.sku), collect)
    .option('--gtin <gtin>', several(frame, texts.gtin), collect)
    .option('--price-from <amount>', texts.priceFrom)
    .option('--price-to <amount>', texts.priceTo)
    .option('--without-category <category>', several(frame, texts.withoutCategory), collect)
    .option('--without-brand <brand>', several(frame, texts.withoutBrand), collect)
    .option('--without-tag <tag>', several(frame, texts.withoutTag), collect)
    .option('--without-sku <sku>', several(frame, texts.withoutSku), collect)
    .option('--rule <file>', texts.rule)
    .option('--discount <percent>', texts.discount, percent)
    .option('--markup <percent>', texts.markup, percent)
    .option('--margin <percent>', texts.margin, percent)
    .option('--fixed-price <amount>', texts.fixedPrice)
    .option('--price-list <file>', texts.priceList)
    .option('--round-to <minor>', texts.roundTo, wholeNumber(1, 10_000))
    .option('--currency <code>', texts.currency)
    .option('--safety-stock <count>', texts.safetyStock, wholeNumber(0, 1_000_000_000))
    .option('--stock-share <percent>', texts.stockShare, percent)
    .option('--stock-max <count>', texts.stockMax, wholeNumber(0, 1_000_000_000))
    .option('--licence-texts <licence>', texts.licenceTexts, oneOf(licences))
    .option('--licence-images <licence>', texts.licenceImages, oneOf(licences))
    .option('--channels <channel>', several(frame, texts.channels), collect)
    .option('--neutral-delivery', texts.neutralDelivery)
}

/**
 * What the flags define.
 * @param files how to read the file that a flag names
 * @throws {UsageError} if flags exclude each other or a file holds something else
 */
export async function definitionOf(
  options: DefinitionOptions,
  files: { readonly read: (path: string) => Promise<string> },
): Promise<Definition> {
  return {
    title: options.title,
    rule: await ruleOf(options, files),
    priceRule: await priceRuleOf(options, files),
    stockRule: {
      ...(options.safetyStock !== undefined && { safetyStock: options.safetyStock }),
      ...(options.stockShare !== undefined && { shareBasisPoints: options.stockShare }),
      ...(options.stockMax !== undefined && { countMax: options.stockMax }),
    },
    terms: termsOf(options),
  }
}

function termsOf(options: DefinitionOptions): GrantTerms {
  const { licence, channels, neutralDelivery } = termsDefault
  const given = options.channels?.flatMap((text) => text.split(','))
  const unknown = given?.find((channel) => !(grantChannels as readonly string[]).includes(channel))
  if (unknown !== undefined)
    throw new UsageError('flag-invalid', `--channels "${unknown}": ${grantChannels.join(', ')}`, '--channels')
  return {
    licence: {
      texts: options.licenceTexts ?? licence.texts,
      images: options.licenceImages ?? licence.images,
    },
    channels: given === undefined ? channels : grantChannels.filter((channel) => given.includes(channel)),
    neutralDelivery: options.neutralDelivery ?? neutralDelivery,
  }
}

async function ruleOf(
  options: DefinitionOptions,
  files: { readonly read: (path: string) => Promise<string> },
): Promise<Rule> {
  if (options.rule !== undefined) return await fileOf(ruleSchema, options.rule, '--rule', files)
  const included = selectorOf(options)
  // Each of them excludes by itself.
  const excluded = [
    selectorOf({ ...only(options.withoutCategory, 'category') }),
    selectorOf({ ...only(options.withoutBrand, 'brand') }),
    selectorOf({ ...only(options.withoutTag, 'tag') }),
    selectorOf({ ...only(options.withoutSku, 'sku') }),
  ]
  return {
    include: included === undefined ? [] : [included],
    exclude: excluded.filter((selector) => selector !== undefined),
  }
}

function only(values: readonly string[] | undefined, name: string): Partial<DefinitionOptions> {
  return values === undefined ? {} : { [name]: values }
}

/** A category is a number of Google's taxonomy, or the shop's own path. */
function selectorOf(options: DefinitionOptions): Selector | undefined {
  const { category = [], currency = 'EUR' } = options
  const ids = category.filter((text) => /^\d+$/.test(text)).map(Number)
  const paths = category.filter((text) => !/^\d+$/.test(text))
  const min = minorUnits(options.priceFrom, currency, '--price-from')
  const max = minorUnits(options.priceTo, currency, '--price-to')
  const selector: Selector = {
    ...(ids.length > 0 && { categories: ids }),
    ...(paths.length > 0 && { categoryPaths: paths }),
    ...(options.brand && { brands: [...options.brand] }),
    ...(options.tag && { tags: [...options.tag] }),
    ...(options.sku && { skus: [...options.sku] }),
    ...(options.gtin && { gtins: [...options.gtin] }),
    ...((min !== undefined || max !== undefined) && {
      price: { currency, ...(min !== undefined && { min }), ...(max !== undefined && { max }) },
    }),
  }
  return Object.keys(selector).length === 0 ? undefined : selector
}

async function priceRuleOf(
  options: DefinitionOptions,
  files: { readonly read: (path: string) => Promise<string> },
): Promise<PriceRule> {
  const flags = ['discount', 'markup', 'margin', 'fixedPrice', 'priceList'] as const
  const given = flags.filter((flag) => options[flag] !== undefined)
  if (given.length > 1) {
    const named = given.map(
      (flag) => `--${flag.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
    )
    throw new UsageError('flag-invalid', named.join(' + '), named[1])
  }
  const { currency = 'EUR' } = options
  const rounding = options.roundTo !== undefined && {
    rounding: { step: options.roundTo, direction: 'nearest' as const },
  }
  if (options.fixedPrice !== undefined) {
    const minor = minorUnits(options.fixedPrice, currency, '--fixed-price')
    return { kind: 'fixed', price: { minor, currency } }
  }
  if (options.priceList !== undefined) return await priceListOf(options.priceList, currency, files)
  for (const kind of ['discount', 'markup', 'margin'] as const) {
    const basisPoints = options[kind]
    if (basisPoints !== undefined)
      return parsed(priceRuleSchema, { kind, basisPoints, ...rounding }, `--${kind}`)
  }
  return { kind: 'unchanged' }
}

/** Lines of "SKU;price", or a price rule in JSON. */
async function priceListOf(
  path: string,
  currency: string,
  files: { readonly read: (path: string) => Promise<string> },
): Promise<PriceRule> {
  const text = await files.read(path)
  if (text.trimStart().startsWith('{')) return parsed(priceRuleSchema, JSON.parse(text), '--price-list')
  const prices = text
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const at = Math.max(line.lastIndexOf(';'), line.lastIndexOf('\t'))
      const minor = minorUnits(line.slice(at + 1).trim(), currency, '--price-list')
      return { sku: line.slice(0, Math.max(0, at)).trim(), price: { minor, currency } }
    })
  return parsed(priceRuleSchema, { kind: 'list', prices }, '--price-list')
}

async function fileOf<T>(
  schema: z.ZodType<T>,
  path: string,
  flag: string,
  files: { readonly read: (path: string) => Promise<string> },
): Promise<T> {
  let value: unknown
  try {
    value = JSON.parse(await files.read(path))
  } catch (error) {
    if (error instanceof SyntaxError) throw new UsageError('flag-invalid', `${flag}: ${error.message}`, flag)
    throw error
  }
  return parsed(schema, value, flag)
}

function parsed<T>(schema: z.ZodType<T>, value: unknown, flag: string): T {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw new UsageError('flag-invalid', `${flag}: ${issue?.path.join('.')} ${issue?.message}`, flag)
}
