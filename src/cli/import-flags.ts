import type { Command } from 'commander'
import { currencyExponent } from '../core/trade/money.ts'
import { type MappedField, mappedFields } from '../shops/csv/mapping.ts'
import type { ImportOptions } from '../shops/import-options.ts'
import { type Frame, several } from './frame.ts'
import { collect, oneOf, wholeNumber } from './parse.ts'
import { UsageError } from './usage-error.ts'

/** The flags that say what a catalog file does not say itself. */
export interface ImportFlags {
  readonly currency?: string
  readonly language?: string
  readonly vat?: number
  readonly vatClass?: readonly string[]
  readonly prices?: 'net' | 'gross'
  readonly decimals?: 'dot' | 'comma'
  readonly map?: readonly string[]
  readonly encoding?: string
  readonly delimiter?: string
  readonly imageBase?: string
  readonly weightUnit?: 'g' | 'kg' | 'lb' | 'oz'
  readonly territory?: string
}

const delimiters: Readonly<Record<string, ',' | ';' | '\t' | '|'>> = {
  ',': ',',
  ';': ';',
  tab: '\t',
  '|': '|',
}

export function importFlags(frame: Frame, command: Command): Command {
  const { catalog: texts } = frame.texts
  return command
    .option('--currency <code>', texts.currency)
    .option('--language <code>', texts.language)
    .option('--vat <basis-points>', texts.vat, wholeNumber(0, 10_000))
    .option('--vat-class <name=basis-points>', several(frame, texts.vatClass), collect)
    .option('--prices <kind>', texts.prices, oneOf(['net', 'gross']))
    .option('--decimals <sign>', texts.decimals, oneOf(['dot', 'comma']))
    .option('--map <field=column>', several(frame, texts.map), collect)
    .option('--encoding <name>', texts.encoding)
    .option('--delimiter <sign>', texts.delimiter, oneOf([',', ';', 'tab', '|']))
    .option('--image-base <url>', texts.imageBase)
    .option('--weight-unit <unit>', texts.weightUnit, oneOf(['g', 'kg', 'lb', 'oz']))
    .option('--territory <country>', texts.territory)
}

/** @throws {UsageError} naming the flag whose value is none */
export function importOptionsOf(flags: ImportFlags): ImportOptions {
  const { currency, language, vat, prices, decimals, encoding, imageBase, weightUnit, territory } = flags
  const delimiter = flags.delimiter === undefined ? undefined : delimiters[flags.delimiter]
  if (currency !== undefined && currencyExponent(currency) === undefined)
    throw wrong('--currency', currency, 'EUR, USD, CHF')
  if (language !== undefined && !/^[a-z]{2}$/.test(language))
    throw wrong('--language', language, 'de, en, fr')
  return {
    ...(currency !== undefined && { currency }),
    ...(language !== undefined && { language }),
    ...(vat !== undefined && { vatBasisPoints: vat }),
    ...(flags.vatClass && { vatClasses: Object.fromEntries(flags.vatClass.map(vatClassOf)) }),
    ...(prices !== undefined && { prices }),
    ...(decimals !== undefined && { decimals }),
    ...(flags.map && { mapping: { columns: Object.fromEntries(flags.map.map(columnOf)) } }),
    ...(encoding !== undefined && { encoding }),
    ...(delimiter !== undefined && { delimiter }),
    ...(imageBase !== undefined && { imageBase }),
    ...(weightUnit !== undefined && { weightUnit }),
    ...(territory !== undefined && { territory }),
  }
}

function vatClassOf(text: string): [string, number] {
  const [, name = '', rate = ''] = /^(.+)=(\d{1,5})$/.exec(text) ?? []
  if (name === '' || Number(rate) > 10_000) throw wrong('--vat-class', text, 'reduced-rate=700')
  return [name, Number(rate)]
}

/** "price=VK netto": what Mosaic calls it, then what the file does. */
function columnOf(text: string): [MappedField, string] {
  const at = text.indexOf('=')
  const field = mappedFields.find((known) => known.toLowerCase() === text.slice(0, at).toLowerCase())
  const column = text.slice(at + 1)
  if (field === undefined || column === '') throw wrong('--map', text, `${mappedFields.join('|')}=…`)
  return [field, column]
}

function wrong(flag: string, value: string, possible: string): UsageError {
  return new UsageError('flag-invalid', `${flag} "${value}": ${possible}`, flag)
}
