import { describe, expect, test } from 'vitest'
import type { MerchantId } from '../../src/core/identity/merchant-id.ts'
import type { Digest } from '../../src/core/signature/digest.ts'
import type { Outbox, OutgoingMessage } from '../../src/network/outbox.ts'
import { messageTo } from './memory-outbox.ts'
import { TestMerchant } from './merchants.ts'

/** An outbox that can be filled, and opened again as after a restart. */
export interface OutboxUnderTest extends AsyncDisposable {
  readonly outbox: Outbox
  put(message: OutgoingMessage): Promise<void>
  /** The same outbox from what is stored. */
  reopen(): Promise<OutboxUnderTest>
}

/** What every {@link Outbox} must do. An implementation's test is one call of this. */
export function outboxContract(name: string, open: () => Promise<OutboxUnderTest>): void {
  const anna = new TestMerchant('anna').merchant
  const bert = new TestMerchant('bert').merchant
  const ids = async (outbox: Outbox, to: MerchantId, limit = 100): Promise<Digest[]> =>
    (await outbox.pending(to, limit)).map(({ id }) => id)

  describe(`outbox contract: ${name}`, () => {
    test('gives what is pending in the order in which it was put in, for each receiver apart', async () => {
      await using it = await open()
      const messages = Array.from({ length: 12 }, (_, n) => messageTo(n % 3 === 0 ? bert : anna, `m${n}`))
      for (const message of messages) await it.put(message)
      for (const to of [anna, bert])
        expect(await it.outbox.pending(to, 100)).toEqual(messages.filter((message) => message.to === to))
      expect(await it.outbox.pending(anna, 3)).toEqual(messages.filter(({ to }) => to === anna).slice(0, 3))
    })

    test('what was acknowledged, refused or expired is no longer pending, for its receiver only', async () => {
      await using it = await open()
      const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((text) => messageTo(anna, text)) as [
        OutgoingMessage,
        OutgoingMessage,
        OutgoingMessage,
        OutgoingMessage,
      ]
      for (const message of [a, b, c, d]) await it.put(message)
      await it.put({ ...a, to: bert })
      await it.outbox.acknowledged(anna, a.id)
      await it.outbox.refused(anna, b.id, 'not-partners', 'No.')
      await it.outbox.expired(anna, c.id)
      expect(await ids(it.outbox, anna)).toEqual([d.id])
      expect(await ids(it.outbox, bert)).toEqual([a.id])
    })

    test('the end of a message that is not pending changes nothing', async () => {
      await using it = await open()
      const message = messageTo(anna, 'a')
      await it.put(message)
      const other = messageTo(anna, 'b').id
      await it.outbox.acknowledged(anna, other)
      await it.outbox.refused(anna, other, 'forged', 'No.')
      await it.outbox.expired(anna, other)
      await it.outbox.acknowledged(bert, message.id)
      expect(await ids(it.outbox, anna)).toEqual([message.id])
      await it.outbox.acknowledged(anna, message.id)
      await it.outbox.acknowledged(anna, message.id)
      expect(await ids(it.outbox, anna)).toEqual([])
    })

    test('a message put in twice is pending once', async () => {
      await using it = await open()
      const message = messageTo(anna, 'a')
      await it.put(message)
      await it.put(message)
      expect(await ids(it.outbox, anna)).toEqual([message.id])
    })

    test('tells whose time is over: after notAfter, not at it, and never without one', async () => {
      await using it = await open()
      const messages = [
        messageTo(anna, 'a', 100),
        messageTo(bert, 'b', 101),
        messageTo(anna, 'c'),
        messageTo(anna, 'd', 102),
      ]
      for (const message of messages) await it.put(message)
      const overdue = async (now: number, limit = 100) =>
        (await it.outbox.overdue(now, limit)).map(({ text }) => text).sort()
      expect(await overdue(100)).toEqual([])
      expect(await overdue(101)).toEqual(['a'])
      expect(await overdue(1_000)).toEqual(['a', 'b', 'd'])
      expect(await overdue(1_000, 2)).toHaveLength(2)
      await it.outbox.expired(anna, messages[0]?.id as Digest)
      expect(await overdue(1_000)).toEqual(['b', 'd'])
    })

    test('is the same after a restart', async () => {
      await using it = await open()
      const [a, b] = [messageTo(anna, 'a', 5), messageTo(anna, 'b')]
      await it.put(a)
      await it.put(b)
      await it.outbox.acknowledged(anna, a.id)
      await using again = await it.reopen()
      expect(await again.outbox.pending(anna, 100)).toEqual([b])
    })
  })
}
