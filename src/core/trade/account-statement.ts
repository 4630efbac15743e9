import type { AccountState } from './account.ts'
import type { BookEntry } from './account-book.ts'
import { type AccountDifference, type AccountStatement, accountEntriesMax } from './account-message.ts'
import type { Side } from './order-log.ts'

/** What was agreed on before: what a next statement builds on. Seen from one side. */
interface Agreed {
  readonly number: number
  readonly closingMinor: number
  readonly ids: ReadonlySet<string>
}

/** The sum of the agreed statements in a currency, from the side of its reader. */
export function agreedSoFar(state: AccountState, side: Side, currency: string): Agreed {
  const ids = new Set<string>()
  let [number, closingMinor] = [0, 0]
  for (const { side: author, statement, status } of state.statements) {
    if (status !== 'agreed' || statement.currency !== currency) continue
    number++
    for (const { id, minor } of statement.entries) {
      if (ids.has(id)) continue
      ids.add(id)
      closingMinor += author === side ? minor : -minor
    }
  }
  return { number, closingMinor, ids }
}

/**
 * A statement for signature: everything booked before `until` that no agreed one has, as much as it holds. Sort by id
 * makes it the same on both sides.
 * @param book of the author @param salt 32 random bytes in base64url
 */
export function statementOf(
  state: AccountState,
  side: Side,
  book: readonly BookEntry[],
  { currency, until, salt }: Pick<AccountStatement, 'currency' | 'until' | 'salt'>,
): AccountStatement {
  const agreed = agreedSoFar(state, side, currency)
  const entries = openEntries(book, agreed, currency, until)
    .slice(0, accountEntriesMax)
    .map(({ id, minor, time }) => ({ id, minor, time }))
    .sort((a, b) => (a.id < b.id ? -1 : 1))
  return {
    type: 'mosaic/account-statement',
    v: 1,
    salt,
    currency,
    number: agreed.number + 1,
    until,
    openingMinor: agreed.closingMinor,
    entries,
    closingMinor: entries.reduce((sum, { minor }) => sum + minor, agreed.closingMinor),
  }
}

function openEntries(
  book: readonly BookEntry[],
  agreed: Agreed,
  currency: string,
  until: number,
): readonly BookEntry[] {
  return book.filter(
    (entry) => entry.currency === currency && entry.time < until && !agreed.ids.has(entry.id),
  )
}

/**
 * Where a statement of the other differs from the own book, item by item; none: it can be agreed to. All amounts as
 * the other would write them.
 * @param side the reader's @param book the reader's
 */
export function differencesOf(
  state: AccountState,
  side: Side,
  book: readonly BookEntry[],
  statement: AccountStatement,
): readonly AccountDifference[] {
  const { currency, until, openingMinor, closingMinor, number } = statement
  const agreed = agreedSoFar(state, side, currency)
  const held = new Map(
    openEntries(book, agreed, currency, until).map(({ id, minor }) => [id, minor === 0 ? 0 : -minor]),
  )
  const found: AccountDifference[] = []
  if (number !== agreed.number + 1)
    found.push({ id: 'number', statedMinor: number, heldMinor: agreed.number + 1 })
  const opening = agreed.closingMinor === 0 ? 0 : -agreed.closingMinor
  if (openingMinor !== opening) found.push({ id: 'opening', statedMinor: openingMinor, heldMinor: opening })
  let sum = openingMinor
  for (const { id, minor } of statement.entries) {
    sum += minor
    const heldMinor = held.get(id)
    held.delete(id)
    if (heldMinor === undefined) found.push({ id, statedMinor: minor })
    else if (heldMinor !== minor) found.push({ id, statedMinor: minor, heldMinor })
  }
  if (sum !== closingMinor) found.push({ id: 'closing', statedMinor: closingMinor, heldMinor: sum })
  // A full statement leaves the rest to the next one.
  if (statement.entries.length < accountEntriesMax)
    for (const [id, heldMinor] of held) found.push({ id, heldMinor })
  return found.slice(0, accountEntriesMax)
}
