interface Placed {
  readonly lines: readonly { readonly sku: string; readonly quantity: number }[]
  cancelled: boolean
}

/** A merchant's shop: survives its node. An order id is taken once; what was placed leaves the stock. */
export class TestShop {
  readonly stock = new Map<string, number>()
  readonly orders = new Map<string, Placed>()
  /** Every piece that left by an order or came back, in order: what a reading that began before does not know. */
  readonly journal: { readonly sku: string; readonly quantity: number }[] = []
  /** How often an order was placed that the shop had already. */
  repeats = 0

  has(order: string): boolean {
    return this.orders.get(order)?.cancelled === false
  }

  /** @returns whether the shop takes it; asked again, the same answer */
  place(order: string, lines: Placed['lines'], isRefused: boolean): boolean {
    const held = this.orders.get(order)
    if (held !== undefined) {
      this.repeats++
      return !held.cancelled
    }
    const isThere = lines.every(({ sku, quantity }) => (this.stock.get(sku) ?? 0) >= quantity)
    if (isRefused || !isThere) {
      this.orders.set(order, { lines, cancelled: true })
      return false
    }
    for (const { sku, quantity } of lines) this.stock.set(sku, (this.stock.get(sku) ?? 0) - quantity)
    this.journal.push(...lines)
    this.orders.set(order, { lines, cancelled: false })
    return true
  }

  /** Takes an order back: its goods are free again. */
  cancel(order: string): void {
    const held = this.orders.get(order)
    if (held === undefined || held.cancelled) return
    held.cancelled = true
    this.journal.push(...held.lines.map(({ sku, quantity }) => ({ sku, quantity: -quantity })))
    for (const { sku, quantity } of held.lines) this.stock.set(sku, (this.stock.get(sku) ?? 0) + quantity)
  }

  /** A person takes a cancelled order up again. */
  reopen(order: string): void {
    const held = this.orders.get(order)
    if (held === undefined || !held.cancelled) return
    held.cancelled = false
    for (const { sku, quantity } of held.lines) this.stock.set(sku, (this.stock.get(sku) ?? 0) - quantity)
  }
}
