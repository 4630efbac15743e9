import { z } from 'zod'
import type { MerchantId } from '../core/identity/merchant-id.ts'
import type { Digest } from '../core/signature/digest.ts'
import type { Receipt } from '../network/message-frame.ts'
import type { Inbox } from '../network/outbox.ts'

const typed = z.looseObject({ type: z.string() })

type Receive = (from: MerchantId, text: string) => Promise<Receipt>

/** Hands each statement that a partner sends to the job that it concerns, by its type. */
export class NodeInbox implements Inbox {
  readonly #receivers: Readonly<Record<string, Receive>>

  constructor(receivers: Readonly<Record<string, Receive>>) {
    this.#receivers = receivers
  }

  async receive(from: MerchantId, _id: Digest, text: string): Promise<Receipt> {
    const type = typeOf(text)
    if (type === undefined)
      return { receipt: 'refused', code: 'malformed', message: 'The message is no statement with a type.' }
    const receive = Object.hasOwn(this.#receivers, type) ? this.#receivers[type] : undefined
    if (receive === undefined)
      return {
        receipt: 'refused',
        code: 'unknown-type',
        message: `This node knows no "${type.slice(0, 100)}".`,
      }
    return await receive(from, text)
  }
}

function typeOf(text: string): string | undefined {
  try {
    return typed.safeParse(JSON.parse(text)).data?.type
  } catch {
    return undefined
  }
}
