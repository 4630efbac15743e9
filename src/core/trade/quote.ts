import { type Price, priceMinorMax } from './money.ts'
import type { Offer } from './offer.ts'
import type { OrderProblem, OrderWanted } from './order-document.ts'
import {
  type Destination,
  lineNet,
  type OrderPayment,
  type OrderShipping,
  type OrderTerms,
  type TermsFrame,
  type TermsLine,
} from './order-terms.ts'
import { isVatComplete, vatOver } from './order-vat.ts'
import { gramsOf, type ShippingTerms, shippingFor } from './shipping.ts'
import type { Vat } from './vat.ts'

/** What a buyer asks for: from a wanted document, or from terms of its own. What is absent it does not insist on. */
export interface Wish {
  readonly currency: string
  readonly lines: readonly {
    readonly sku: string
    readonly quantity: number
    readonly price?: Price
    readonly vat?: Vat
  }[]
  readonly shipTo: Destination
  readonly service?: string
  readonly shippingMinor?: number
  readonly payment?: OrderPayment
}

/** What the seller knows about this buyer and these goods, now. */
export interface QuoteContext {
  /** A partnership, and a grant in force. */
  readonly granted: boolean
  /** At this partner's terms. */
  readonly offerOf: (sku: string) => Offer | undefined
  /** Pieces that may be promised to this partner; `undefined`: unknown. */
  readonly availableOf: (sku: string) => number | undefined
  readonly shipping: ShippingTerms | undefined
  /** How this partner's orders are taxed: as the offers say, or all alike (abroad). */
  readonly vat: Vat | 'as-offered'
  /** Terms of payment for this partner. @param grossMinor what it comes to */
  readonly paymentOf: (grossMinor: number) => OrderPayment
  /** What this partner may still owe beside what it does, gross; `undefined`: no limit. */
  readonly availableMinor: number | undefined
  /** Reservations of this partner that are open, and how many may be. */
  readonly reservations: { readonly open: number; readonly max: number }
  readonly neutralDelivery: boolean
  /** Languages of titles, the first that an offer has; else any. */
  readonly languages: readonly string[]
  readonly now: number // UTC seconds
}

export interface QuoteMode {
  /** Stock is to be kept, so it has to be known. */
  readonly reserves: boolean
  /** Prices, VAT, shipping and payment were promised: they stand as asked for. */
  readonly promised: boolean
}

export interface Quote {
  /** None: everything can be had as it is wished. In the order of the checks; the first is the reason. */
  readonly problems: readonly OrderProblem[]
  /** The terms as they are now, for all that can be had at all; `undefined` if that cannot be said. */
  readonly terms: Omit<OrderTerms, 'salt'> | undefined
}

/**
 * Whether a wish can be met, and the figures as they are: one answer is enough to ask again.
 * Spec: protocol/records/order.md §9. Some 1 µs a line.
 */
export function quoteFor(wish: Wish, frame: TermsFrame, context: QuoteContext, mode: QuoteMode): Quote {
  if (!context.granted) return { problems: [{ code: 'not-granted' }], terms: undefined }
  const lines = wish.lines.map((line, index) => quoteLine(line, index, wish, context, mode))
  const problems = lines.flatMap((line) => line.problems)
  if (mode.reserves && context.reservations.open >= context.reservations.max)
    problems.push({ code: 'reservations', countMax: context.reservations.max })
  const known = lines.flatMap(({ line }) => line ?? [])
  if (known.length < lines.length) return { problems, terms: undefined }
  const shipping = quoteShipping(wish, known, context, mode)
  if ('code' in shipping) return { problems: [...problems, shipping], terms: undefined }
  if (wish.shippingMinor !== undefined && wish.shippingMinor !== shipping.netMinor)
    problems.push({ code: 'shipping', shipping })
  const totals = vatOver(known, shipping.netMinor)
  if (typeof totals === 'string') return { problems: [...problems, { code: totals }], terms: undefined }
  const { netMinor, vatMinor, grossMinor } = totals
  const payment = mode.promised && wish.payment !== undefined ? wish.payment : context.paymentOf(grossMinor)
  if (wish.payment !== undefined && !isSamePayment(wish.payment, payment))
    problems.push({ code: 'payment', payment })
  const { availableMinor } = context
  if (availableMinor !== undefined && grossMinor - payment.prepaidMinor > availableMinor)
    problems.push({ code: 'limit', availableMinor })
  const terms: Omit<OrderTerms, 'salt'> = {
    type: 'mosaic/order-terms',
    v: 1,
    order: frame.order,
    buyer: frame.buyer,
    seller: frame.seller,
    ...(frame.test ? { test: true as const } : {}),
    currency: wish.currency,
    lines: known.map(({ weightGrams: _, ...line }) => line),
    shipTo: wish.shipTo,
    shipping,
    vat: totals.groups.map((group) => ({ ...group })),
    netMinor,
    vatMinor,
    grossMinor,
    payment,
    neutralDelivery: context.neutralDelivery,
  }
  return { problems, terms }
}

interface KnownLine extends TermsLine {
  weightGrams?: number
}

function quoteLine(
  wanted: Wish['lines'][number],
  index: number,
  wish: Wish,
  context: QuoteContext,
  mode: QuoteMode,
): { readonly problems: OrderProblem[]; readonly line: KnownLine | undefined } {
  const { sku, quantity } = wanted
  const offer = context.offerOf(sku)
  if (offer === undefined) return { problems: [{ code: 'offer-unknown', line: index }], line: undefined }
  const problems: OrderProblem[] = []
  const price =
    mode.promised && wanted.price !== undefined ? wanted.price : priceAt(offer, quantity, context.now)
  if (price.currency !== wish.currency) {
    problems.push({ code: 'currency', line: index, price })
    return { problems, line: undefined }
  }
  if (wanted.price !== undefined && !isSamePrice(wanted.price, price))
    problems.push({ code: 'price', line: index, price })
  const vat = mode.promised && wanted.vat !== undefined ? wanted.vat : vatFor(offer, context)
  if (vat === undefined) problems.push({ code: 'vat-unknown', line: index })
  else if (wanted.vat !== undefined && !isSameVat(wanted.vat, vat))
    problems.push({ code: 'vat', line: index, vat })
  problems.push(...quantityProblems(offer, quantity, index, context, mode))
  if (offer.shipTo !== undefined && !offer.shipTo.includes(wish.shipTo.country))
    problems.push({ code: 'country', line: index })
  const netMinor = lineNet(price, quantity)
  if (netMinor === undefined) problems.push({ code: 'amount', line: index })
  if (vat === undefined || netMinor === undefined) return { problems, line: undefined }
  const line: KnownLine = { sku, title: titleOf(offer, context.languages), quantity, price, vat, netMinor }
  if (offer.gtin !== undefined) line.gtin = offer.gtin
  if (offer.weightGrams !== undefined) line.weightGrams = offer.weightGrams
  return { problems, line }
}

function quantityProblems(
  offer: Offer,
  quantity: number,
  line: number,
  context: QuoteContext,
  mode: QuoteMode,
): readonly OrderProblem[] {
  const problems: OrderProblem[] = []
  const { minQuantity = 1, packSize = 1 } = offer
  if (quantity < minQuantity) problems.push({ code: 'quantity-low', line, minQuantity })
  if (quantity % packSize !== 0) problems.push({ code: 'quantity-packs', line, packSize })
  const available = context.availableOf(offer.sku)
  if (available === undefined) {
    if (mode.reserves) problems.push({ code: 'stock-unknown', line })
  } else if (quantity > available) problems.push({ code: 'stock', line, available })
  return problems
}

function quoteShipping(
  wish: Wish,
  lines: readonly KnownLine[],
  { shipping: terms }: QuoteContext,
  mode: QuoteMode,
): OrderShipping | OrderProblem {
  const { service, shippingMinor } = wish
  if (mode.promised && service !== undefined && shippingMinor !== undefined)
    return { service, netMinor: shippingMinor }
  if (terms === undefined || terms.currency !== wish.currency) return { code: 'service' }
  const valueMinor = lines.reduce((sum, { netMinor }) => sum + netMinor, 0)
  if (valueMinor > priceMinorMax) return { code: 'amount' }
  const shipment = { to: wish.shipTo, valueMinor, grams: gramsOf(lines, terms) }
  const found = shippingFor(terms, shipment, service)
  return typeof found === 'string' ? { code: found } : found
}

/** The net price of a quantity: the announced one once it holds, and that of the highest tier reached. */
export function priceAt(offer: Offer, quantity: number, now: number): Price {
  const { nextPrice } = offer
  if (nextPrice !== undefined && nextPrice.validFrom <= now) {
    const { validFrom: _, ...price } = nextPrice
    // Tiers belong to the price that they stand beside.
    return price
  }
  let { price } = offer
  for (const tier of offer.tiers ?? []) if (quantity >= tier.minQuantity) price = tier.price
  return price
}

/** Reasons that follow from the category alone. Source: the VATEX codes VATEX-EU-AE, -IC, -G and -O. */
const exemptions: Readonly<Record<string, string>> = {
  AE: 'Reverse charge',
  K: 'Intra-Community supply',
  G: 'Export outside the EU',
  O: 'Not subject to VAT',
}

function vatFor(offer: Offer, { vat }: QuoteContext): Vat | undefined {
  const said = vat === 'as-offered' ? offer.vat : vat
  if (said === undefined) return undefined
  const exemption = said.exemption ?? exemptions[said.category]
  const complete = exemption === undefined ? said : { ...said, exemption }
  // An exemption (E) without its reason is not guessed.
  return isVatComplete(complete) ? complete : undefined
}

function titleOf({ title, sku }: Offer, languages: readonly string[]): string {
  const language = languages.find((one) => title[one] !== undefined)
  const found = (language === undefined ? Object.values(title)[0] : title[language]) ?? sku
  const short = found.slice(0, 100)
  return short.isWellFormed() ? short : short.slice(0, -1)
}

export function isSamePrice(a: Price, b: Price): boolean {
  return a.minor === b.minor && a.currency === b.currency && (a.perQuantity ?? 1) === (b.perQuantity ?? 1)
}

function isSameVat(a: Vat, b: Vat): boolean {
  return a.category === b.category && a.rate === b.rate && a.exemption === b.exemption
}

function isSamePayment(a: OrderPayment, b: OrderPayment): boolean {
  return a.days === b.days && a.prepaidMinor === b.prepaidMinor
}

/** What terms ask for, all of it. */
export function wishOfTerms(terms: OrderTerms): Wish {
  const { currency, lines, shipTo, shipping, payment } = terms
  return { currency, lines, shipTo, service: shipping.service, shippingMinor: shipping.netMinor, payment }
}

/** What a wanted document asks for. */
export function wishOfWanted(wanted: OrderWanted): Wish {
  const { currency, lines, shipTo, service } = wanted
  return { currency, lines, shipTo, ...(service === undefined ? {} : { service }) }
}
