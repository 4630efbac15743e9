import type { Connection } from '@libp2p/interface'
import type { KeyLog } from '../core/identity/key-log.ts'
import type { MerchantId } from '../core/identity/merchant-id.ts'
import type { NodeBinding } from '../core/identity/node-binding.ts'
import type { Held } from './hello-message.ts'

/** What a hello proved: this connection is that merchant's, until the binding expires. */
export interface Session {
  readonly merchant: MerchantId
  readonly peerId: string
  readonly connection: Connection
  readonly keyLog: KeyLog
  readonly binding: NodeBinding
  /** What the other side holds of this merchant. */
  readonly held: Held
  /** Where the other says it can be dialled. A hint. */
  readonly addresses: readonly string[]
}

export interface SessionEvents {
  /** A connection has become a merchant's. */
  begin(session: Session): void
  /** A session was renewed by another hello: a new key, binding, or addresses. Same connection and merchant. */
  renew(session: Session): void
  end(session: Session): void
}

/** The sessions of one node: at most one a connection, sometimes two a merchant. */
export class Sessions {
  readonly #byConnection = new Map<string, Session>()
  readonly #listeners = new Set<Partial<SessionEvents>>()

  /** @returns a function that ends the subscription */
  on(listener: Partial<SessionEvents>): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  ofConnection(connection: Connection): Session | undefined {
    return this.#byConnection.get(connection.id)
  }

  /** The best session with a merchant: direct before relayed, then the oldest. */
  of(merchant: MerchantId): Session | undefined {
    const all = this.all().filter((session) => session.merchant === merchant)
    return all.find(({ connection }) => connection.limits === undefined) ?? all[0]
  }

  all(): Session[] {
    return [...this.#byConnection.values()]
  }

  /** Begins the session of a connection, or renews it. */
  set(session: Session): void {
    const isRenewal = this.#byConnection.has(session.connection.id)
    this.#byConnection.set(session.connection.id, session)
    for (const listener of [...this.#listeners])
      if (isRenewal) listener.renew?.(session)
      else listener.begin?.(session)
  }

  end(connection: Connection): void {
    const session = this.#byConnection.get(connection.id)
    if (session === undefined) return
    this.#byConnection.delete(connection.id)
    for (const listener of [...this.#listeners]) listener.end?.(session)
  }

  /** @param now UTC seconds */
  expired(now: number): Session[] {
    return this.all().filter(({ binding }) => binding.expiresAt <= now)
  }
}
