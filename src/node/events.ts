import { EventEmitter } from 'node:events'
import type { PartnerState } from './views.ts'

/** What happens in a node, told to the API's listeners, the page and the terminal. `at`: RFC 3339. */
export type NodeEvent = { readonly at: string } & (
  | { readonly type: 'partner-connected'; readonly merchant: string; readonly name: string }
  | { readonly type: 'partner-disconnected'; readonly merchant: string; readonly name: string }
  | {
      readonly type: 'partner-state'
      readonly merchant: string
      readonly name: string
      readonly state: PartnerState
      readonly by: 'me' | 'them'
    }
  | {
      readonly type: 'invitation-claimed'
      readonly invitation: string
      readonly merchant: string
      readonly name: string
    }
  /** Somebody else had the code too. */
  | {
      readonly type: 'invitation-claimed-twice'
      readonly invitation: string
      readonly merchant: string
      readonly name: string
    }
  | {
      readonly type: 'grant-received'
      readonly merchant: string
      readonly name: string
      readonly assortment: string
    }
  | {
      readonly type: 'grant-ended'
      readonly merchant: string
      readonly name: string
      readonly assortment: string
      readonly reason: 'revoked' | 'expired' | 'partner'
    }
  | {
      /** Offers of a partner changed and can be searched. */
      readonly type: 'offers-changed'
      readonly merchant: string
      readonly name: string
      readonly repo: string
      readonly rev: number
      readonly changed: number
      /** The SKUs, where they are few. */
      readonly skus?: readonly string[]
    }
  | {
      readonly type: 'catalog-imported'
      readonly file: string
      readonly added: number
      readonly changed: number
      readonly removed: number
      readonly refused: number
    }
  | {
      readonly type: 'catalog-import-failed'
      readonly file: string
      readonly code: string
      readonly message: string
    }
  | {
      readonly type: 'assortment-published'
      readonly assortment: string
      readonly rev: number
      readonly changed: number
    }
  | {
      readonly type: 'identity-rotated'
      readonly merchant: string
      readonly name: string
      readonly seq: number
    }
  | { readonly type: 'identity-frozen'; readonly merchant: string; readonly name: string }
  | { readonly type: 'equivocation'; readonly merchant: string; readonly name: string; readonly repo: string }
  | { readonly type: 'warning'; readonly code: string; readonly message: string }
)

/** An event before it has its time. */
export type NodeEventBody = NodeEvent extends infer E ? (E extends NodeEvent ? Omit<E, 'at'> : never) : never

/** Many pages and terminals may listen at a time. */
const listenersMax = 200

/** Everything that happens comes as `any`. A listener that throws stops nobody else. */
export class NodeEvents {
  readonly #emitter = new EventEmitter<{ any: [NodeEvent] }>().setMaxListeners(listenersMax)

  on(_kind: 'any', listener: (event: NodeEvent) => void): () => void {
    this.#emitter.on('any', listener)
    return () => this.#emitter.off('any', listener)
  }

  emit(event: NodeEventBody): void {
    const complete = { ...event, at: new Date().toISOString() } as NodeEvent
    for (const listener of this.#emitter.listeners('any')) {
      try {
        ;(listener as (event: NodeEvent) => void)(complete)
      } catch {
        // Its own fault, and its own loss.
      }
    }
  }
}
