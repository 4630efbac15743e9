import { z } from 'zod'
import type { MerchantId } from '../identity/merchant-id.ts'
import { clockSkewSecondsMax } from '../identity/node-binding.ts'
import { CanonicalError, canonicalText, parseCanonical } from '../signature/canonical.ts'
import { type Digest, digestOf } from '../signature/digest.ts'
import type { Primitives } from '../signature/primitives.ts'
import type { Statement } from '../signature/proof.ts'
import {
  type AccountLogs,
  type AccountMoveProblem,
  accountMoveProblem,
  accountSideOf,
  foldAccount,
} from './account.ts'
import {
  type AccountBody,
  type AccountMessage,
  accountContentTypes,
  accountMessageBytesMax,
  accountMessageSchema,
  accountMessagesMax,
  type HeldAccountDocument,
  readAccountDocument,
} from './account-message.ts'
import { type Dropped, linkEntry, withLogEntry } from './order-link.ts'
import { type LogEntry, linkLogs, pastOf } from './order-log.ts'
import { orderParcelBytesMax } from './order-parcel.ts'
import { type KeyLogOf, type SignatureFailure, verifyTradeStatement } from './order-verify.ts'

const parcelSchema = z.strictObject({
  type: z.literal('mosaic/account-parcel'),
  v: z.literal(1),
  message: z.looseObject({}),
  document: z.looseObject({}).exactOptional(),
})

export type AccountFailure =
  | SignatureFailure
  | 'dated-ahead'
  | 'content-missing'
  | 'content-wrong'
  | 'gap'
  | 'chain'
  | 'move'

export type AccountAdmission =
  | {
      readonly verdict: 'new'
      readonly logs: AccountLogs
      readonly linked: readonly AccountMessage[]
      readonly gap: boolean
      readonly dropped: readonly Dropped<AccountMessage, AccountMoveProblem>[]
    }
  | { readonly verdict: 'known' }
  | { readonly verdict: 'reject'; readonly reason: AccountFailure; readonly message: string }

/**
 * What a parcel of an account means beside what is held. One signature verification if it is new.
 * @param held of the two merchants @see protocol/records/account.md §3
 */
export function admitAccountParcel(
  primitives: Primitives,
  held: AccountLogs,
  text: string,
  context: { readonly self: MerchantId; readonly keyLogOf: KeyLogOf; readonly now: number },
): AccountAdmission {
  const parcel = readAccountParcel(text)
  if (parcel === undefined) return rejected('malformed', 'It is no parcel of an account.')
  const messageText = JSON.stringify(parcel.message)
  const digest = digestOf(primitives, messageText)
  if (held.entries.some((log) => log.some((entry) => entry.digest === digest))) return { verdict: 'known' }
  const { self, keyLogOf, now } = context
  const verified = verifyTradeStatement(
    primitives,
    accountMessageSchema,
    messageText,
    accountMessageBytesMax,
    keyLogOf,
  )
  if (!verified.ok) return rejected(verified.reason, verified.message)
  const message = verified.statement
  if (!held.merchants.includes(message.from) || !held.merchants.includes(message.to))
    return rejected('pair', 'It is of other merchants.')
  if (message.from !== self && message.time > now + clockSkewSecondsMax)
    return rejected('dated-ahead', `It is dated ${message.time - now} s ahead: check both clocks.`)
  const document = takeDocument(primitives, held, message, parcel.document)
  if (document !== undefined && 'verdict' in document) return document
  const documents = new Map(held.documents)
  if (document !== undefined) documents.set(document.digest, document)
  return link({ ...held, documents }, { message, text: messageText, digest, at: now })
}

function link(logs: AccountLogs, entry: LogEntry<AccountMessage>): AccountAdmission {
  const side = accountSideOf(logs, entry.message.from)
  const outcome = linkEntry(logs.entries, side, entry, 0, (links, of, { message, seenCount }) => {
    const { logs: entries } = pastOf(links, of, message.seq, seenCount)
    return accountMoveProblem(foldAccount({ ...logs, entries }), logs, message)
  })
  if (outcome.ok) return { verdict: 'new', ...outcome, logs: { ...logs, entries: outcome.entries } }
  const { problem } = outcome
  if (problem === 'chain' || problem === 'gap')
    return rejected(problem, 'It does not follow on the message before.')
  return rejected('move', `${entry.message.kind} is not possible: ${problem}.`)
}

function readAccountParcel(text: string): z.infer<typeof parcelSchema> | undefined {
  try {
    const value = parseCanonical(text, orderParcelBytesMax)
    // The parts of a canonical text are canonical, as long as nobody copies them: not the parsed data.
    return parcelSchema.safeParse(value).success ? (value as z.infer<typeof parcelSchema>) : undefined
  } catch (error) {
    if (error instanceof CanonicalError) return undefined
    throw error
  }
}

function takeDocument(
  primitives: Primitives,
  held: AccountLogs,
  message: AccountMessage,
  value: object | undefined,
): HeldAccountDocument | undefined | Extract<AccountAdmission, { verdict: 'reject' }> {
  if (message.content === undefined) return undefined
  const document =
    held.documents.get(message.content) ??
    (value === undefined ? undefined : readAccountDocument(primitives, value))
  if (document === undefined || document.digest !== message.content)
    return rejected('content-missing', `The document ${message.content} is missing.`)
  return document.document.type === accountContentTypes[message.kind]
    ? document
    : rejected('content-wrong', `A ${message.kind} has no ${document.document.type}.`)
}

type Filled = 'type' | 'v' | 'from' | 'to' | 'seq' | 'prev' | 'seen' | 'time' | 'keyEvent' | 'content'
type EachWords<T> = T extends unknown ? Omit<T, Filled> : never
/** What a merchant wants to say of an account; the rest follows from the logs. */
export type AccountWords = EachWords<AccountBody>

export type AccountSaid =
  | {
      readonly ok: true
      /** To be stored, synced, together with the parcel in the outbox. */
      readonly logs: AccountLogs
      readonly parcel: string
    }
  | { readonly ok: false; readonly problem: AccountMoveProblem | 'behind' | 'forked' | 'full' }

/** The next message of a merchant, signed and packed. @throws {RangeError} if the words are outside the schema */
export function sayInAccount(
  speaker: {
    readonly primitives: Primitives
    readonly self: MerchantId
    readonly keyEvent: Digest
    readonly now: number
    readonly sign: <T extends object>(body: T) => Statement<T>
  },
  held: AccountLogs,
  words: AccountWords,
  document?: HeldAccountDocument,
): AccountSaid {
  const { primitives, self, keyEvent, now } = speaker
  const side = accountSideOf(held, self)
  const linked = linkLogs(held.entries)
  if (linked.forks.some((fork) => fork.side === side)) return { ok: false, problem: 'forked' }
  const [own, other] = [linked.logs[side], linked.logs[side === 0 ? 1 : 0]]
  if (own.length < held.entries[side].length) return { ok: false, problem: 'behind' }
  if (own.length >= accountMessagesMax) return { ok: false, problem: 'full' }
  const [last, seen] = [own.at(-1), other.at(-1)]
  const body = {
    ...words,
    ...(document === undefined ? {} : { content: document.digest }),
    type: 'mosaic/account',
    v: 1,
    from: self,
    to: held.merchants[side === 0 ? 1 : 0],
    seq: own.length,
    ...(last === undefined ? {} : { prev: last.digest }),
    ...(seen === undefined ? {} : { seen: seen.digest }),
    time: Math.max(now, last?.message.time ?? 0),
    keyEvent,
  } as AccountBody
  const documents = new Map(held.documents)
  if (document !== undefined) documents.set(document.digest, document)
  const logs = { ...held, documents }
  const problem = accountMoveProblem(
    foldAccount({ ...logs, entries: linked.logs }),
    logs,
    body as AccountMessage,
  )
  if (problem !== undefined) return { ok: false, problem }
  const message = accountMessageSchema.safeParse(speaker.sign(body))
  if (!message.success) throw new RangeError(`not an account message: ${message.error.issues[0]?.message}`)
  const text = canonicalText(message.data)
  const entry = { message: message.data, text, digest: digestOf(primitives, text), at: now }
  const entries = withLogEntry(logs.entries, side, entry)
  return { ok: true, logs: { ...logs, entries }, parcel: accountParcelOf(entry, document) }
}

/** What travels on the message stream: one message with its document. */
export function accountParcelOf(
  { message }: LogEntry<AccountMessage>,
  held: HeldAccountDocument | undefined,
): string {
  return canonicalText({
    type: 'mosaic/account-parcel',
    v: 1,
    message,
    ...(held === undefined ? {} : { document: held.document }),
  })
}

function rejected(reason: AccountFailure, message: string): Extract<AccountAdmission, { verdict: 'reject' }> {
  return { verdict: 'reject', reason, message }
}
