import { z } from 'zod'
import { type KeyLog, KeyLogError, keyEventsMax, verifyKeyLog } from '../core/identity/key-log.ts'
import { isMerchantId, type MerchantId } from '../core/identity/merchant-id.ts'
import { CanonicalError, canonicalText, parseCanonical } from '../core/signature/canonical.ts'
import type { Primitives } from '../core/signature/primitives.ts'
import type { DhtRecords } from './libp2p-options.ts'
import { type NodeAddresses, verifyNodeAddresses } from './node-addresses.ts'

/** Spec: protocol/streams/discovery.md §2.1. */
const namespace = 'mosaic-merchant'
export const dhtValueBytesMax = 65_536
/** Merchants whose value a node holds for the DHT. An honest network asks for some twenty. */
export const dhtMerchantsMax = 4_096

const valueSchema = z.strictObject({
  addresses: z.string(),
  keyLog: z.array(z.string()).min(1).max(keyEventsMax),
})

/** A value of the DHT that was checked. */
export interface MerchantLocation {
  readonly keyLog: KeyLog
  readonly addresses: NodeAddresses
  /** The statement's text. */
  readonly text: string
}

export function dhtKey(merchant: MerchantId): Uint8Array {
  return Buffer.from(`/${namespace}/${merchant}`)
}

/** @param addresses text of a node-addresses statement @returns undefined if it does not fit */
export function dhtValue(keyLog: KeyLog, addresses: string): Uint8Array | undefined {
  const value = Buffer.from(canonicalText({ addresses, keyLog: [...keyLog.texts] }))
  return value.byteLength <= dhtValueBytesMax ? value : undefined
}

/** @returns what is wrong, if something is */
export function checkDhtValue(
  primitives: Primitives,
  key: Uint8Array,
  value: Uint8Array,
  now: number,
): MerchantLocation | string {
  const [, space, merchant = '', ...rest] = Buffer.from(key).toString('latin1').split('/')
  if (space !== namespace || !isMerchantId(merchant) || rest.length > 0) return 'the key names no merchant'
  if (value.byteLength > dhtValueBytesMax) return `the value exceeds ${dhtValueBytesMax} bytes`
  if (!primitives.isUtf8(value)) return 'the value is not UTF-8'
  let parsed: ReturnType<typeof valueSchema.safeParse>
  try {
    parsed = valueSchema.safeParse(parseCanonical(Buffer.from(value).toString(), dhtValueBytesMax))
  } catch (error) {
    if (error instanceof CanonicalError) return error.message
    throw error
  }
  if (!parsed.success) return 'the value has other members'
  const keyLog = verifyKeyLog(primitives, parsed.data.keyLog)
  if (keyLog instanceof KeyLogError) return keyLog.message
  if (keyLog.merchant !== merchant) return "the key log is another merchant's"
  const text = parsed.data.addresses
  const addresses = verifyNodeAddresses(primitives, text, keyLog, now)
  return typeof addresses === 'string' ? addresses : { keyLog, addresses, text }
}

/** Positive if `a` is the better of two checked values. */
function compareLocations(a: MerchantLocation, b: MerchantLocation): number {
  return (
    a.keyLog.entries.length - b.keyLog.entries.length ||
    a.addresses.time - b.addresses.time ||
    (a.text === b.text ? 0 : a.text > b.text ? 1 : -1)
  )
}

/**
 * What the DHT of this node takes in. It remembers the best value of each merchant, so that nobody can put an old
 * one back, and so that a search has its result even if libp2p fails to tell (see {@link Directory.find}).
 */
export class DhtLocations implements DhtRecords {
  readonly #primitives: Primitives
  readonly #now: () => number
  readonly #merchantsMax: number
  readonly #best = new Map<MerchantId, MerchantLocation>()
  readonly #wanted = new Set<MerchantId>()

  /** @param now UTC seconds */
  constructor(primitives: Primitives, now: () => number, merchantsMax = dhtMerchantsMax) {
    this.#primitives = primitives
    this.#now = now
    this.#merchantsMax = merchantsMax
  }

  readonly validators = {
    [namespace]: (key: Uint8Array, value: Uint8Array): void => {
      const location = this.#check(key, value)
      const { merchant } = location.keyLog
      const best = this.best(merchant)
      if (best !== undefined && compareLocations(location, best) < 0)
        throw new RangeError('a better value is known')
      if (best === undefined && !this.#wanted.has(merchant) && this.#isFull())
        throw new RangeError('this node holds as many values as it may')
      this.#best.set(merchant, location)
    },
  }

  readonly selectors = {
    [namespace]: (key: Uint8Array, values: Uint8Array[]): number => {
      const locations = values.map((value) => checkDhtValue(this.#primitives, key, value, this.#now()))
      let best = 0
      for (const [index, location] of locations.entries()) {
        const held = locations[best]
        if (typeof location === 'string') continue
        if (held === undefined || typeof held === 'string' || compareLocations(location, held) > 0)
          best = index
      }
      return best
    },
  }

  /** The best value seen that has not expired. */
  best(merchant: MerchantId): MerchantLocation | undefined {
    const best = this.#best.get(merchant)
    if (best === undefined || this.#now() < best.addresses.expiresAt) return best
    this.#best.delete(merchant)
    return undefined
  }

  /** Takes the merchant's value in although the limit is reached: this node looks for it. */
  want(merchant: MerchantId): void {
    this.#wanted.add(merchant)
  }

  unwant(merchant: MerchantId): void {
    this.#wanted.delete(merchant)
  }

  #isFull(): boolean {
    if (this.#best.size >= this.#merchantsMax)
      for (const merchant of [...this.#best.keys()]) this.best(merchant)
    return this.#best.size >= this.#merchantsMax
  }

  #check(key: Uint8Array, value: Uint8Array): MerchantLocation {
    const location = checkDhtValue(this.#primitives, key, value, this.#now())
    if (typeof location === 'string') throw new RangeError(location)
    return location
  }
}
