import { type Decimal, type DecimalStyle, parseDecimal } from '../../core/trade/amount.ts'

const grams: Readonly<Record<string, number>> = {
  mg: 0.001,
  g: 1,
  gr: 1,
  gram: 1,
  grams: 1,
  gramm: 1,
  kg: 1000,
  kgs: 1000,
  t: 1_000_000,
  lb: 453.59237,
  lbs: 453.59237,
  pound: 453.59237,
  pounds: 453.59237,
  oz: 28.349523125,
  ounce: 28.349523125,
}

const millimetres: Readonly<Record<string, number>> = {
  mm: 1,
  cm: 10,
  dm: 100,
  m: 1000,
  in: 25.4,
  inch: 25.4,
  inches: 25.4,
  '"': 25.4,
  ft: 304.8,
  yd: 914.4,
}

/** Weight and size are rounded half up: nobody pays by them. */
function measure(value: Decimal, factor: number, max: number): number | undefined {
  const result = Math.round((value.digits / 10 ** value.scale) * factor)
  return result >= 1 && result <= max ? result : undefined
}

/** Grams of "3 kg", "0,5 kg" or of a plain number in `unit`; undefined if it is 0 or cannot be read. */
export function readGrams(text: string, unit: string | undefined, style: DecimalStyle): number | undefined {
  return readMeasure(text, unit, style, grams, 1_000_000_000)
}

/** Millimetres of "20 cm" or of a plain number in `unit`. */
export function readMillimetres(
  text: string,
  unit: string | undefined,
  style: DecimalStyle,
): number | undefined {
  return readMeasure(text, unit, style, millimetres, 1_000_000)
}

function readMeasure(
  text: string,
  unit: string | undefined,
  style: DecimalStyle,
  factors: Readonly<Record<string, number>>,
  max: number,
): number | undefined {
  if (text === '') return undefined
  const match = /^([\d.,'’\s]+?)\s*([a-z"]+)?\.?$/i.exec(text.trim().slice(0, 40))
  if (match === null) return undefined
  const factor = factors[(match[2] ?? unit ?? '').toLowerCase()]
  const value = parseDecimal(match[1] as string, style)
  return factor === undefined || typeof value === 'string' ? undefined : measure(value, factor, max)
}

const contents: Readonly<Record<string, { unit: string; factor: number }>> = {
  kg: { unit: 'kg', factor: 1 },
  g: { unit: 'g', factor: 1 },
  mg: { unit: 'g', factor: 0.001 },
  l: { unit: 'l', factor: 1 },
  ml: { unit: 'ml', factor: 1 },
  cl: { unit: 'ml', factor: 10 },
  dl: { unit: 'ml', factor: 100 },
  m: { unit: 'm', factor: 1 },
  cm: { unit: 'm', factor: 0.01 },
  m2: { unit: 'm2', factor: 1 },
  sqm: { unit: 'm2', factor: 1 },
  'm²': { unit: 'm2', factor: 1 },
  qm: { unit: 'm2', factor: 1 },
  m3: { unit: 'm3', factor: 1 },
  cbm: { unit: 'm3', factor: 1 },
  'm³': { unit: 'm3', factor: 1 },
  ct: { unit: 'piece', factor: 1 },
  st: { unit: 'piece', factor: 1 },
  stk: { unit: 'piece', factor: 1 },
  item: { unit: 'piece', factor: 1 },
  piece: { unit: 'piece', factor: 1 },
}

/** "750 ml", "1,5 kg": what one piece holds, in thousandths of the unit, if exact. */
export function readContent(
  text: string,
  style: DecimalStyle,
): { quantityMilli: number; unit: string } | undefined {
  const match = /^([\d.,]+)\s*([a-zA-Z²³0-9]+)\.?$/.exec(text.trim().slice(0, 40))
  const content = contents[(match?.[2] ?? '').toLowerCase()]
  if (match === null || content === undefined) return undefined
  const value = parseDecimal(match[1] as string, style)
  if (typeof value === 'string') return undefined
  const quantityMilli = (value.digits * 1000 * content.factor) / 10 ** value.scale
  return Number.isInteger(quantityMilli) && quantityMilli >= 1 && quantityMilli <= 1_000_000_000
    ? { quantityMilli, unit: content.unit }
    : undefined
}

/** A count such as "12", "100.0000", "1.000 Stück": whole pieces, what is broken is left out. */
export function readCount(text: string, style: DecimalStyle): number | 'negative' | undefined {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  const number = text.trim().replace(/\s*[\p{L}.]+$/u, '')
  const value = parseDecimal(number, style)
  if (value === 'negative') return 'negative'
  if (typeof value === 'string') return undefined
  const count = Math.floor(value.digits / 10 ** value.scale)
  return count <= 1_000_000_000 ? count : undefined
}

/** "19", "19 %", "19,00", "0.19" in basis points. A number below 1 is a fraction. */
export function readVatRate(text: string, style: DecimalStyle): number | undefined {
  const match = /^([\d.,]+)\s*(%)?$/.exec(text.trim().slice(0, 20))
  if (match === null) return undefined
  const value = parseDecimal(match[1] as string, style === 'unknown' ? 'ungrouped' : style)
  if (typeof value === 'string') return undefined
  const number = value.digits / 10 ** value.scale
  const rate = Math.round(number * (number < 1 && match[2] === undefined ? 10_000 : 100) * 1000) / 1000
  return Number.isInteger(rate) && rate <= 10_000 ? rate : undefined
}
