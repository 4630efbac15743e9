import { z } from 'zod'
import { currencySchema, priceMinorMax } from './money.ts'
import { type Destination, type OrderShipping, serviceIdSchema } from './order-terms.ts'

/** Under which key a supplier's shipping terms stand in an assortment's repo. @public the node publishes them */
export const shippingTermsKey = 'shipping-terms'
export const shippingServicesMax = 16
export const shippingZonesMax = 50
export const shippingRatesMax = 40
export const shippingPostcodesMax = 200
const weightGramsMost = 1_000_000_000

const country = z.string().regex(/^[A-Z]{2}$/)
const prefixes = z
  .array(z.string().regex(/^[A-Z0-9]([A-Z0-9 -]{0,10}[A-Z0-9])?$/))
  .min(1)
  .max(shippingPostcodesMax)
const minor = z.int().min(0).max(priceMinorMax)
const text = z
  .string()
  .min(1)
  .max(100)
  .regex(/^[ -~\u00a0-\uffff]*$/)

const rateSchema = z.strictObject({
  upToGrams: z.int().min(1).max(weightGramsMost).exactOptional(),
  upToMinor: minor.exactOptional(), // net value of the goods
  netMinor: minor,
  perKgMinor: minor.exactOptional(), // for each kilogram begun
})

const zoneSchema = z.strictObject({
  countries: z
    .array(country)
    .min(1)
    .max(250)
    .refine((countries) => new Set(countries).size === countries.length, 'a country given twice'),
  postcodes: prefixes.exactOptional(), // only these
  without: prefixes.exactOptional(), // not these
  freeFromMinor: minor.exactOptional(), // net value of the goods
  rates: z.array(rateSchema).min(1).max(shippingRatesMax),
})

const serviceSchema = z.strictObject({
  id: serviceIdSchema,
  name: text,
  carrier: text.exactOptional(),
  days: z
    .strictObject({ min: z.int().min(0).max(365), max: z.int().min(0).max(365) })
    .refine(({ min, max }) => min <= max, 'min ≤ max')
    .exactOptional(),
  zones: z.array(zoneSchema).min(1).max(shippingZonesMax),
})

/** What shipping costs with a supplier: record `shipping-terms`. Spec: protocol/records/shipping-terms.md. */
export const shippingTermsSchema = z.strictObject({
  currency: currencySchema,
  services: z
    .array(serviceSchema)
    .min(1)
    .max(shippingServicesMax)
    .refine(
      (services) => new Set(services.map(({ id }) => id)).size === services.length,
      'an id given twice',
    ),
  /** Of a piece whose offer does not say. */
  defaultGrams: z.int().min(1).max(weightGramsMost).exactOptional(),
})
export type ShippingTerms = z.infer<typeof shippingTermsSchema>
type Service = ShippingTerms['services'][number]
type Zone = Service['zones'][number]

/** What is to be shipped, where. */
export interface Shipment {
  readonly to: Destination
  /** Net value of the goods, minor units of the terms' currency. */
  readonly valueMinor: number
  /** Of all pieces together; `undefined` if one of them is unknown. */
  readonly grams: number | undefined
}

export type ShippingProblem =
  | 'country' // no service goes there
  | 'service' // the one that was asked for does not
  | 'weight' // unknown, or more than any of them takes
  | 'amount'

/** All services for a shipment, cheapest first; of equal ones the first in the terms. */
export function shippingChoices(terms: ShippingTerms, shipment: Shipment): readonly OrderShipping[] {
  return terms.services
    .flatMap((service): OrderShipping[] => {
      const netMinor = priceOf(service, shipment)
      return typeof netMinor === 'number' ? [{ service: service.id, netMinor }] : []
    })
    .sort((a, b) => a.netMinor - b.netMinor)
}

/**
 * What shipping costs: by the service that is asked for, else by the cheapest.
 * @see protocol/records/shipping-terms.md §2
 */
export function shippingFor(
  terms: ShippingTerms,
  shipment: Shipment,
  service?: string,
): OrderShipping | ShippingProblem {
  const goesThere = terms.services.filter(({ zones }) => zoneOf(zones, shipment.to) !== undefined)
  if (goesThere.length === 0) return 'country'
  if (service === undefined) return shippingChoices(terms, shipment)[0] ?? 'weight'
  const chosen = goesThere.find(({ id }) => id === service)
  if (chosen === undefined) return 'service'
  const netMinor = priceOf(chosen, shipment)
  return typeof netMinor === 'number' ? { service, netMinor } : netMinor
}

/** Weight of all pieces in grams; `undefined` if one is unknown and the terms have no default. */
export function gramsOf(
  pieces: readonly { readonly quantity: number; readonly weightGrams?: number }[],
  terms: Pick<ShippingTerms, 'defaultGrams'>,
): number | undefined {
  let grams = 0
  for (const { quantity, weightGrams = terms.defaultGrams } of pieces) {
    if (weightGrams === undefined) return undefined
    grams += quantity * weightGrams
  }
  return grams
}

function priceOf(service: Service, { to, valueMinor, grams }: Shipment): number | ShippingProblem {
  const zone = zoneOf(service.zones, to)
  if (zone === undefined) return 'service'
  for (const { upToGrams, upToMinor, netMinor, perKgMinor } of zone.rates) {
    if (upToMinor !== undefined && valueMinor > upToMinor) continue
    const needsWeight = upToGrams !== undefined || perKgMinor !== undefined
    if (needsWeight && grams === undefined) return 'weight'
    if (upToGrams !== undefined && (grams ?? 0) > upToGrams) continue
    // Free, but only for what the service takes at all.
    if (zone.freeFromMinor !== undefined && valueMinor >= zone.freeFromMinor) return 0
    const total = netMinor + (perKgMinor ?? 0) * Math.ceil((grams ?? 0) / 1_000)
    return total > priceMinorMax ? 'amount' : total
  }
  return 'weight'
}

/** The first zone that takes the destination. A place without a postcode is in no zone that names any. */
function zoneOf(zones: readonly Zone[], { country: code, postcode }: Destination): Zone | undefined {
  const starts = (list: readonly string[]): boolean =>
    postcode !== undefined && list.some((prefix) => postcode.startsWith(prefix))
  return zones.find(
    ({ countries, postcodes, without }) =>
      countries.includes(code) &&
      (postcodes === undefined || starts(postcodes)) &&
      (without === undefined || !starts(without)),
  )
}
