import type { MerchantId } from '../core/identity/merchant-id.ts'
import { publicKeyToPeerId } from '../core/identity/peer-id.ts'
import { InvitationCodeError } from '../core/partner/code-error.ts'
import { type LinkInvitation, parseInvitationCode } from '../core/partner/invitation-code.ts'
import {
  type InvitationId,
  type InvitationKeys,
  linkKeys,
  phoneKeys,
} from '../core/partner/invitation-keys.ts'
import { type Join, joinAfter, joinSchema, joinsMax } from '../core/partner/join.ts'
import { refusalMessages } from '../core/partner/pairing-message.ts'
import { base64urlToBytes, bytesToBase64url } from '../core/signature/base.ts'
import type { HelloService } from '../network/hello-service.ts'
import type { JoinEnd, PairingService } from '../network/pairing-service.ts'
import type { MeetEnd } from '../network/rendezvous.ts'
import type { Session } from '../network/session.ts'
import type { Database, Table } from '../store/database.ts'
import { nodePrimitives } from '../store/primitives.ts'
import type { Clock } from './clock.ts'
import { NodeError } from './node-error.ts'
import type { Publish } from './publish.ts'
import { nodeScrypt } from './scrypt.ts'

/** Looks for whoever made a phone code, and tries each that may be it. */
export type Meet = (topic: Uint8Array, attempt: (session: Session) => Promise<JoinEnd>) => Promise<MeetEnd>

export interface JoiningParts {
  readonly database: Database
  readonly hello: HelloService
  readonly pairing: PairingService
  readonly publish: Publish
  readonly clock: Clock
  readonly meet: Meet
  /** Whether this merchant made the invitation: libp2p does not dial its own node. */
  readonly isOwn: (id: InvitationId) => boolean
}

/** What a join says on its way. */
export type JoinStep =
  | { readonly progress: { readonly step: 'searching' | 'connecting' | 'waiting' } }
  | { readonly joined: MerchantId }

/** The two spoke while the relation changed: they begin again. */
const staleRetriesMax = 3

/** Codes that this merchant was given: rows `join/<id>`. A claim that waits is asked for again with each new connection. */
export class Joining {
  readonly #parts: JoiningParts
  readonly #table: Table<Join>
  readonly #running = new Set<InvitationId>()
  readonly #abort = new AbortController()
  #unsubscribe: () => void = () => {}

  constructor(parts: JoiningParts) {
    this.#parts = parts
    this.#table = parts.database.table('join', joinSchema)
  }

  start(): void {
    this.#unsubscribe = this.#parts.hello.sessions.on({ begin: (session) => void this.#askAgain(session) })
  }

  stop(): void {
    this.#unsubscribe()
    this.#abort.abort()
  }

  /**
   * Uses a code. Ends once the inviter has confirmed, or knows of the claim and `waitSeconds` are over; what goes
   * on then goes on by itself.
   * @throws {NodeError} {@link InvitationCodeError}'s codes, `invitation-…` for a refusal, `inviter-unreachable`
   */
  async *join(given: string, waitSeconds: number): AsyncGenerator<JoinStep> {
    this.#parts.publish.assertOpen()
    const code = parseInvitationCode(given)
    if (code instanceof InvitationCodeError) throw codeError(code)
    if (code.form === 'phone') return yield* this.#joinByPhone(code.secret, waitSeconds)
    const { invitation } = code
    const now = this.#parts.clock.nowSeconds()
    if (invitation.expiresAt <= now) throw refusedError('expired')
    yield { progress: { step: 'connecting' } }
    const keys = linkKeys(nodePrimitives, invitation.secret)
    if (this.#parts.isOwn(keys.id)) throw refusedError('own-invitation')
    const session = await this.#connect(invitation)
    const join = await this.#keep({
      ...startOf(keys, now),
      form: 'link',
      nodeKey: bytesToBase64url(invitation.nodeKey),
      addresses: [...invitation.addresses],
      relays: [...invitation.relays],
      role: invitation.role,
      expiresAt: invitation.expiresAt,
    })
    yield* this.#follow((told) => this.#run(join, session, keys, told), waitSeconds)
  }

  async *#joinByPhone(secret: Uint8Array, waitSeconds: number): AsyncGenerator<JoinStep> {
    yield { progress: { step: 'searching' } }
    const keys = await phoneKeys(nodePrimitives, nodeScrypt, secret)
    if (this.#parts.isOwn(keys.id)) throw refusedError('own-invitation')
    const topic = bytesToBase64url(keys.topic)
    const start = startOf(keys, this.#parts.clock.nowSeconds())
    const join = await this.#keep({ ...start, form: 'phone', topic, addresses: [], relays: [] })
    yield* this.#follow((told) => this.#meet(join, keys, told), waitSeconds)
  }

  /** Anybody may answer under a topic; only who knows the code is the inviter. */
  async #meet(
    join: Join,
    keys: InvitationKeys & { readonly topic: Uint8Array },
    told: (inviter: MerchantId) => void,
  ): Promise<MerchantId> {
    const { meet, pairing } = this.#parts
    const end = await meet(keys.topic, async (session) => {
      const off = this.#onWaiting(join.id, () => {
        told(session.merchant)
        void this.#keep({ ...join, inviter: session.merchant, state: 'waiting' })
      })
      try {
        return await pairing.join(session, keys, this.#abort.signal)
      } finally {
        off()
      }
    })
    if (end.end === 'cannot-meet')
      throw new NodeError(
        'cannot-meet',
        'No other node is in the local network, and this node knows none to ask for others: a phone code cannot work here. Ask the inviter for a link.',
        { field: 'code' },
      )
    if (end.end === 'not-found')
      throw new NodeError(
        'inviter-not-found',
        'No node that could be found knows this code. Check it for typing errors; ask the inviter whether their node runs, or for a link instead.',
        { field: 'code' },
      )
    await this.#settle({ ...join, inviter: end.session.merchant, state: 'waiting' }, end.join)
    return end.session.merchant
  }

  async #connect(invitation: LinkInvitation): Promise<Session> {
    const peerId = publicKeyToPeerId(invitation.nodeKey)
    const addresses = [
      ...invitation.addresses.map((address) => `${address}/p2p/${peerId}`),
      ...invitation.relays.map((relay) => `${relay}/p2p-circuit/p2p/${peerId}`),
    ]
    try {
      return await this.#parts.hello.connect(addresses, undefined, this.#abort.signal)
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause)
      const code = (cause as { code?: unknown }).code
      if (code === 'same-merchant') throw refusedError('own-invitation')
      throw new NodeError(
        'inviter-unreachable',
        `The inviter's node cannot be reached: ${why} Ask whether it runs, then try again with the same code.`,
        { field: 'code', params: { why }, cause },
      )
    }
  }

  /** Runs an attempt, and says when the inviter has to decide. */
  async *#follow(
    attempt: (told: (inviter: MerchantId) => void) => Promise<MerchantId>,
    waitSeconds: number,
  ): AsyncGenerator<JoinStep> {
    const waiting = Promise.withResolvers<MerchantId>()
    const ended = attempt(waiting.resolve)
    // Whoever does not wait any longer is not told; the row is, and the partners' states are.
    ended.catch(() => undefined)
    const first = await Promise.race([
      ended.then((inviter) => ({ inviter, done: true })),
      waiting.promise.then((inviter) => ({ inviter, done: false })),
    ])
    if (!first.done) {
      yield { progress: { step: 'waiting' } }
      if (waitSeconds > 0) await Promise.race([ended, pause(waitSeconds * 1000)])
    }
    yield { joined: first.inviter }
  }

  #onWaiting(id: InvitationId, then: () => void): () => void {
    return this.#parts.pairing.onEvent((event) => {
      if (event.event === 'waiting' && event.invitation === id) then()
    })
  }

  /** @throws {NodeError} if it ends in a refusal */
  async #run(
    join: Join,
    session: Session,
    keys: InvitationKeys,
    told: (inviter: MerchantId) => void,
  ): Promise<MerchantId> {
    const off = this.#onWaiting(join.id, () => told(session.merchant))
    this.#running.add(join.id)
    try {
      const held: Join = { ...join, inviter: session.merchant, state: 'waiting' }
      await this.#keep(held)
      let end: JoinEnd = { end: 'stale' }
      for (let tries = 0; end.end === 'stale' && tries < staleRetriesMax; tries++)
        end = await this.#parts.pairing.join(session, keys, this.#abort.signal)
      await this.#settle(held, end)
      return session.merchant
    } finally {
      off()
      this.#running.delete(join.id)
    }
  }

  /** Keeps what came of an attempt. @throws {NodeError} if that is not a partner */
  async #settle(held: Join, end: JoinEnd): Promise<void> {
    const now = end.end === 'broken' ? held : joinAfter(held, end, this.#parts.clock.nowSeconds())
    if (now.state === 'partner' || now.state === 'refused') await this.#table.del(held.id, { sync: true })
    else await this.#keep(now)
    if (end.end === 'refused') throw refusedError(end.code)
    if (end.end === 'offence' || end.end === 'stale')
      throw new NodeError(
        'pairing-failed',
        "The inviter's node answered against the rules. Ask them to update Mosaic.",
      )
    if (end.end === 'broken')
      throw new NodeError(
        'inviter-unreachable',
        'The connection to the inviter broke. Your node tries again by itself once they are connected.',
        { field: 'code', params: { why: '' } },
      )
  }

  /** The inviter is connected again: a claim that waits is asked for with the same keys. */
  async #askAgain(session: Session): Promise<void> {
    for await (const [, join] of this.#table.entries()) {
      if (join.inviter !== session.merchant || join.state !== 'waiting' || this.#running.has(join.id))
        continue
      const macKey = base64urlToBytes(join.macKey)
      if (macKey === undefined) continue
      const keys = { id: join.id, macKey: new Uint8Array(macKey) }
      await this.#run(join, session, keys, () => undefined).catch(() => undefined)
    }
  }

  async #keep(join: Join): Promise<Join> {
    if (this.#table.get(join.id) === undefined) await this.#makeRoom()
    await this.#table.put(join.id, join, { sync: true })
    return join
  }

  /** Codes that came to nothing are forgotten, oldest first, when there are too many. */
  async #makeRoom(): Promise<void> {
    const joins: Join[] = []
    for await (const [, join] of this.#table.entries()) joins.push(join)
    if (joins.length < joinsMax) return
    const [oldest] = joins.sort((a, b) => a.changedAt - b.changedAt)
    if (oldest !== undefined) await this.#table.del(oldest.id)
  }
}

function startOf(
  keys: InvitationKeys,
  now: number,
): Pick<Join, 'id' | 'macKey' | 'state' | 'startedAt' | 'changedAt'> {
  return {
    id: keys.id,
    macKey: bytesToBase64url(keys.macKey),
    state: 'trying',
    startedAt: now,
    changedAt: now,
  }
}

function codeError(error: InvitationCodeError): NodeError {
  return new NodeError(`code-${error.code}`, error.message, { field: 'code', cause: error })
}

function refusedError(code: keyof typeof refusalMessages): NodeError {
  const refusal = code === 'unknown' ? 'unknown-code' : code
  return new NodeError(`invitation-${refusal}`, refusalMessages[code], { field: 'code' })
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds).unref())
}
