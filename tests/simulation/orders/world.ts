import type { Offer } from '../../../src/core/trade/offer.ts'
import { TestMerchant } from '../merchants.ts'
import { reservationViolations, stockViolations, violationsAfterHealing } from './checks.ts'
import { SimMerchant, tickSeconds } from './merchant.ts'
import { type Faults, Network } from './network.ts'
import { People } from './people.ts'
import { Random } from './random.ts'
import { safetyStock } from './seller.ts'
import { Timeline } from './timeline.ts'

const start = 1_800_000_000
// Making a key log costs signatures: the identities are made once.
const identities = ['Anna', 'Ben', 'Cleo'].map((name) => new TestMerchant(name))

export interface WorldOutcome {
  readonly violations: readonly string[]
  readonly orders: number
  readonly deals: number
  readonly messages: number
  readonly crossings: number
  readonly faults: Faults
}

/** Merchants that trade with each other while everything fails, until it heals. */
export class OrderWorld {
  readonly violations: string[] = []
  readonly #random: Random
  readonly #timeline = new Timeline(start)
  readonly #network: Network
  readonly #merchants: readonly SimMerchant[]
  readonly #people: People
  readonly #backups = new Map<SimMerchant, { rows: ReadonlyMap<string, string> }>()
  readonly #restored = new Set<SimMerchant>()
  readonly #faults: Faults = { lost: 0, duplicated: 0, cut: 0, crashes: 0, restores: 0, partitions: 0 }

  constructor(seed: number) {
    const random = new Random(seed)
    this.#random = random
    const weather = {
      loss: random.pick([0, 0.05, 0.3]),
      duplication: random.pick([0, 0.1, 0.3]),
      delaySecondsMax: random.pick([0, 2, 20, 90]),
    }
    this.#network = new Network(this.#timeline, random, weather, this.#faults)
    const count = random.pick([2, 3, 3])
    this.#merchants = identities.slice(0, count).map(
      (identity) =>
        new SimMerchant(identity, {
          timeline: this.#timeline,
          network: this.#network,
          random,
          peers: () => this.#merchants,
          onPromise: (seller, key) => this.violations.push(...stockViolations(seller, key)),
        }),
    )
    this.#people = new People(random, this.#timeline, this.#merchants)
    // In a scarce world everybody wants the same few pieces.
    const isScarce = random.chance(0.4)
    for (const merchant of this.#merchants) this.#stockUp(merchant, isScarce)
  }

  /** @param actions how much happens before everything heals */
  run(actions: number): WorldOutcome {
    for (const merchant of this.#merchants) merchant.start()
    for (let action = 0; action < actions; action++) {
      this.#timeline.runUntil(this.#timeline.now + this.#random.pick([0, 1, 5, 20, 120, 600]))
      this.#happens()
      for (const merchant of this.#merchants)
        if (merchant.isUp && merchant.restoringFrom.size === 0)
          this.violations.push(...reservationViolations(merchant, tickSeconds + 1))
    }
    this.#heal()
    this.violations.push(...violationsAfterHealing(this.#merchants))
    const orders = this.#merchants.flatMap((one) =>
      [...one.orders.values()].filter(({ logs }) => logs.seller === one.id),
    )
    return {
      violations: this.violations,
      orders: orders.length,
      deals: orders.filter(({ state }) => state.deal !== undefined).length,
      messages: orders.reduce((sum, { logs }) => sum + logs.entries[0].length + logs.entries[1].length, 0),
      crossings: orders.reduce((sum, { state }) => sum + state.crossings.length, 0),
      faults: this.#faults,
    }
  }

  #stockUp(merchant: SimMerchant, isScarce: boolean): void {
    merchant.skewSeconds = this.#random.int(-280, 280)
    for (let number = 1; number <= (isScarce ? 1 : 3); number++) {
      const sku = `${merchant.name}-${number}`
      const offer: Offer = {
        sku,
        title: { en: `Thing ${sku}` },
        price: {
          minor: this.#random.int(1, 5_000),
          currency: 'EUR',
          ...(number === 3 ? { perQuantity: 100 } : {}),
        },
        vat: { category: 'S', rate: number === 2 ? 700 : 1_900 },
        ...(number === 1 ? { packSize: 2 } : {}),
      }
      merchant.seller.offers.set(sku, offer)
      merchant.seller.shop.stock.set(
        sku,
        this.#random.pick(isScarce ? [4, 6, 8] : [0, 8, 15, 40]) + safetyStock,
      )
    }
  }

  #heal(): void {
    const { weather } = this.#network
    weather.loss = 0
    weather.duplication = 0
    for (const one of this.#merchants)
      for (const other of this.#merchants) if (one !== other) this.#network.heal(one.name, other.name)
    for (const merchant of this.#merchants) {
      merchant.disk.crash = undefined
      if (!merchant.isUp) merchant.start()
    }
    // Longer than the longest reservation, request and pause, and a quarter of an hour for clocks.
    for (let round = 0; round < 6; round++) {
      this.#timeline.runUntil(this.#timeline.now + 900)
      for (const merchant of this.#merchants) merchant.run(() => merchant.sendHeads())
    }
    this.#timeline.runUntil(this.#timeline.now + 300)
    for (const merchant of this.#restored) merchant.seller.reconcile()
  }

  #happens(): void {
    const random = this.#random
    const merchant = random.pick(this.#merchants)
    const dice = random.next()
    if (dice < 0.04) this.#cut()
    else if (dice < 0.1) this.#crash(merchant)
    else if (dice < 0.13) this.#backUp(merchant)
    else if (dice < 0.16) this.#shopWorks(merchant)
    else if (!merchant.isUp) merchant.start()
    else
      merchant.run(() => {
        if (dice < 0.26) this.#people.basket(merchant)
        else if (dice < 0.4) this.#people.single(merchant)
        else if (dice < 0.5) this.#people.accounts(merchant)
        else this.#people.acts(merchant)
      })
  }

  #cut(): void {
    const [one, other] = [this.#random.pick(this.#merchants), this.#random.pick(this.#merchants)]
    if (one === other) return
    this.#network.cut(one.name, other.name)
    this.#timeline.after(this.#random.pick([30, 600, 7_200]), () => this.#network.heal(one.name, other.name))
  }

  #crash(merchant: SimMerchant): void {
    merchant.disk.crash = this.#random.pick(['before', 'after'])
    if (this.#random.chance(0.3)) merchant.crash()
    this.#timeline.after(this.#random.pick([10, 300, 3_600]), () => {
      merchant.disk.crash = undefined
      if (!merchant.isUp) merchant.start()
    })
  }

  /** A copy of the disk is made, or the last one comes back: everything since is forgotten. */
  #backUp(merchant: SimMerchant): void {
    const backup = this.#backups.get(merchant)
    if (backup === undefined) {
      this.#backups.set(merchant, { rows: merchant.disk.backup() })
      return
    }
    this.#backups.delete(merchant)
    merchant.isUp = false
    merchant.disk.restore(backup.rows)
    this.#network.end(merchant.name)
    this.#faults.restores++
    this.#restored.add(merchant)
    for (const other of this.#merchants) if (other !== merchant) merchant.restoringFrom.add(other.name)
    merchant.start()
  }

  /** Goods arrive, somebody buys at the counter, a price changes. */
  #shopWorks(merchant: SimMerchant): void {
    const sku = this.#random.pick([...merchant.seller.offers.keys()])
    const stock = merchant.seller.shop.stock.get(sku) ?? 0
    const change = this.#random.pick([-2, -1, 3, 6])
    if (change > 0 || stock + change >= 0) merchant.seller.shop.stock.set(sku, stock + change)
    const offer = merchant.seller.offers.get(sku)
    if (offer !== undefined && this.#random.chance(0.3))
      merchant.seller.offers.set(sku, {
        ...offer,
        price: { ...offer.price, minor: this.#random.int(1, 5_000) },
      })
  }
}
