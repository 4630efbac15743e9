import { bookedMinorMax } from './amount.ts'
import { isWithin, type Purpose, purposeKey } from './purpose.ts'

/** Bookings of one viewer that are not at an end, at most. */
export const bookingsMax = 1_000_000

/** A risk that the viewer has taken: an order, for instance. Amounts in the currency and at the rate of its day. */
export interface Booking {
  readonly id: string
  readonly merchant: string
  readonly purpose: Purpose
  readonly openMinor: number
  readonly lostMinor: number
}

export type Reservation =
  | { readonly ok: true; readonly booking: Booking }
  | { readonly ok: false; readonly reason: 'id-known' }
  | { readonly ok: false; readonly reason: 'ledger-full' }
  | { readonly ok: false; readonly reason: 'above-limit'; readonly availableMinor: number }

/**
 * What a viewer has at risk, by merchant, never by path. Settling, losing and recovering are always possible; what may
 * be reserved is the question of {@link Exposure.effective}. Spec: protocol/trust.md §8.
 */
export class Ledger {
  /** Grows with each change. */
  version = 0
  readonly #bookings = new Map<string, Booking>()

  constructor(bookings: Iterable<Booking> = []) {
    for (const booking of bookings) this.#bookings.set(booking.id, booking)
  }

  get bookings(): Iterable<Booking> {
    return this.#bookings.values()
  }

  booking(id: string): Booking | undefined {
    return this.#bookings.get(id)
  }

  /**
   * Takes a new risk.
   * @param minor 1 – {@link bookedMinorMax}
   * @param availableMinor the effective limit at this moment
   */
  reserve(
    id: string,
    merchant: string,
    risk: { readonly minor: number; readonly purpose: Purpose },
    availableMinor: number,
  ): Reservation {
    const { minor, purpose } = risk
    if (!Number.isSafeInteger(minor) || minor < 1 || minor > bookedMinorMax)
      throw new RangeError(`no amount to reserve: ${minor}`)
    if (this.#bookings.has(id)) return { ok: false, reason: 'id-known' }
    if (this.#bookings.size >= bookingsMax) return { ok: false, reason: 'ledger-full' }
    if (minor > availableMinor) return { ok: false, reason: 'above-limit', availableMinor }
    return {
      ok: true,
      booking: this.#put({ id, merchant, purpose, openMinor: minor, lostMinor: 0 }) as Booking,
    }
  }

  /** The risk is over, all of it or a part. @returns what is left of the booking, if anything is open or lost */
  settle(id: string, minor?: number): Booking | undefined {
    return this.#change(id, 'openMinor', minor, (openMinor) => ({ openMinor }))
  }

  /** What was open, all of it or a part, is lost. */
  lose(id: string, minor?: number): Booking | undefined {
    return this.#change(id, 'openMinor', minor, (openMinor, taken, { lostMinor }) => ({
      openMinor,
      lostMinor: lostMinor + taken,
    }))
  }

  /** What was lost, all of it or a part, came back or is written off. */
  recover(id: string, minor?: number): Booking | undefined {
    return this.#change(id, 'lostMinor', minor, (lostMinor) => ({ lostMinor }))
  }

  /** What is open or lost under purposes within `purpose`, by merchant. */
  demands(purpose: Purpose): Map<string, number> {
    const demands = new Map<string, number>()
    for (const booking of this.#bookings.values())
      if (isWithin(booking.purpose, purpose)) {
        const { merchant, openMinor, lostMinor } = booking
        demands.set(merchant, (demands.get(merchant) ?? 0) + openMinor + lostMinor)
      }
    return demands
  }

  /** The purposes whose cuts a new risk for `purpose` must respect: itself, `any`, and those booked that hold it. */
  purposesAround(purpose: Purpose): Purpose[] {
    const around = new Map<string, Purpose>([purpose, 'any' as const].map((one) => [purposeKey(one), one]))
    for (const { purpose: booked } of this.#bookings.values())
      if (isWithin(purpose, booked)) around.set(purposeKey(booked), booked)
    return [...around.values()]
  }

  #change(
    id: string,
    from: 'openMinor' | 'lostMinor',
    minor: number | undefined,
    change: (rest: number, taken: number, before: Booking) => Partial<Booking>,
  ): Booking | undefined {
    const before = this.#bookings.get(id)
    if (before === undefined) return undefined
    const taken = minor ?? before[from]
    if (!Number.isSafeInteger(taken) || taken < 0 || taken > before[from])
      throw new RangeError(`${before[from]} of booking ${id} can be taken, not ${taken}`)
    return this.#put({ ...before, ...change(before[from] - taken, taken, before) })
  }

  #put(booking: Booking): Booking | undefined {
    this.version++
    if (booking.openMinor + booking.lostMinor > 0) {
      this.#bookings.set(booking.id, booking)
      return booking
    }
    this.#bookings.delete(booking.id)
    return undefined
  }
}
