import type { MerchantId } from '../../src/core/identity/merchant-id.ts'
import { type Digest, digestOf } from '../../src/core/signature/digest.ts'
import type { Receipt } from '../../src/network/message-frame.ts'
import type { Inbox, Outbox, OutgoingMessage } from '../../src/network/outbox.ts'
import { nodePrimitives } from '../../src/store/primitives.ts'

export function messageTo(to: MerchantId, text: string, notAfter?: number): OutgoingMessage {
  return { id: digestOf(nodePrimitives, text), to, text, ...(notAfter === undefined ? {} : { notAfter }) }
}

export class MemoryOutbox implements Outbox {
  messages: OutgoingMessage[]
  readonly ends: string[] = []

  constructor(messages: readonly OutgoingMessage[] = []) {
    this.messages = [...messages]
  }

  put(message: OutgoingMessage): void {
    if (!this.messages.some(({ to, id }) => to === message.to && id === message.id))
      this.messages.push(message)
  }
  async pending(to: MerchantId, limit: number): Promise<readonly OutgoingMessage[]> {
    return this.messages.filter((message) => message.to === to).slice(0, limit)
  }
  async acknowledged(to: MerchantId, id: Digest): Promise<void> {
    this.#end(to, id, 'stored')
  }
  async refused(to: MerchantId, id: Digest, code: string): Promise<void> {
    this.#end(to, id, code)
  }
  async expired(to: MerchantId, id: Digest): Promise<void> {
    this.#end(to, id, 'expired here')
  }
  async overdue(now: number, limit: number): Promise<readonly OutgoingMessage[]> {
    return this.messages.filter(({ notAfter }) => notAfter !== undefined && notAfter < now).slice(0, limit)
  }

  #end(to: MerchantId, id: Digest, how: string): void {
    const message = this.messages.find((each) => each.to === to && each.id === id)
    if (message === undefined) return
    this.messages = this.messages.filter((each) => each !== message)
    this.ends.push(`${message.text} ${how}`)
  }
}

/** Stores each text once; `decide` may answer otherwise. */
export class MemoryInbox implements Inbox {
  readonly stored: string[] = []
  readonly deliveries: string[] = []
  decide: (text: string, from: MerchantId) => Receipt | undefined | Promise<Receipt | undefined> = () =>
    undefined

  async receive(from: MerchantId, _: Digest, text: string): Promise<Receipt> {
    this.deliveries.push(text)
    const decided = await this.decide(text, from)
    if (decided !== undefined) return decided
    if (!this.stored.includes(text)) this.stored.push(text)
    return { receipt: 'stored' }
  }
}
