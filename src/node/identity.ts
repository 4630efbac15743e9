import type { KeyLog } from '../core/identity/key-log.ts'
import type { MerchantId } from '../core/identity/merchant-id.ts'
import { nodeBindingSecondsMax } from '../core/identity/node-binding.ts'
import type { CommitSigner } from '../core/record/commit.ts'
import { canonicalText, type JsonObject } from '../core/signature/canonical.ts'
import type { Digest } from '../core/signature/digest.ts'
import type { Statement } from '../core/signature/proof.ts'
import type { Keystore, RotationOptions } from '../store/keystore.ts'
import type { Clock } from './clock.ts'
import { NodeError } from './node-error.ts'
import type { IdentityView } from './views.ts'

/** A binding is made anew when this much of its time is left: three weeks without a restart do no harm. */
const bindingRenewalSeconds = nodeBindingSecondsMax - 7 * 86_400

/** The merchant that this node acts for: signs, and knows when it must not. */
export class Identity {
  readonly #keystore: Keystore
  readonly #clock: Clock
  #binding: { readonly text: string; readonly expiresAt: number } | undefined
  #name = ''
  /** Why nothing may be signed; a person has to decide. */
  #frozenBecause: string | undefined

  constructor(keystore: Keystore, clock: Clock) {
    this.#keystore = keystore
    this.#clock = clock
  }

  get merchant(): MerchantId {
    return this.#keystore.merchant
  }

  get keyLog(): KeyLog {
    return this.#keystore.log
  }

  get peerId(): string {
    return this.#keystore.peerId
  }

  get nodeSeed(): Uint8Array {
    return this.#keystore.nodeSeed
  }

  /** As the profile in the `trust` repo says. */
  get name(): string {
    return this.#name
  }

  rename(name: string): void {
    this.#name = name
  }

  get keyEvent(): Digest {
    return this.keyLog.current.digest
  }

  /** What a commit is signed with. */
  signing(): { readonly signer: CommitSigner; readonly keyEvent: Digest } {
    return { signer: this.#keystore.signer, keyEvent: this.keyEvent }
  }

  sign<T extends object>(body: T): Statement<T> {
    return this.#keystore.sign(body)
  }

  /** The node's binding to the merchant, as canonical text: the one in force as long as it is fresh. */
  binding(): string {
    const now = this.#clock.nowSeconds()
    if (this.#binding === undefined || this.#binding.expiresAt - now < bindingRenewalSeconds) {
      const binding = this.#keystore.bindNode(now, nodeBindingSecondsMax)
      const text = canonicalText(binding as unknown as JsonObject)
      this.#binding = { text, expiresAt: binding.expiresAt }
    }
    return this.#binding.text
  }

  /** Whether {@link binding} would make a new one, to be told to whoever is connected. */
  get bindingIsDue(): boolean {
    const { expiresAt = 0 } = this.#binding ?? {}
    return expiresAt - this.#clock.nowSeconds() < bindingRenewalSeconds
  }

  /** Replaces the sealing key when it is due. @returns whether there is a new one */
  async tendSealingKeys(): Promise<boolean> {
    const isNew = await this.#keystore.tendSealingKeys(this.#clock.nowSeconds())
    if (isNew) this.#binding = undefined
    return isNew
  }

  /** @throws {KeystoreError} `words-wrong`, `rotation-refused`, `not-written` */
  async rotate(options: Omit<RotationOptions, 'now'>): Promise<KeyLog> {
    const log = await this.#keystore.rotate({ ...options, now: this.#clock.nowSeconds() })
    this.#binding = undefined
    this.#frozenBecause = undefined
    return log
  }

  /** From now on nothing is signed: this node runs on an old copy, or the identity has two logs. */
  freeze(reason: string): void {
    this.#frozenBecause = reason
  }

  /** Why nothing may be signed now, if so. */
  problem(): NodeError | undefined {
    if (this.#frozenBecause === undefined) return undefined
    return new NodeError('identity-frozen', this.#frozenBecause)
  }

  view(): IdentityView {
    const { current } = this.keyLog
    return {
      merchant: this.merchant,
      name: this.#name,
      key: current.key,
      keyEvents: this.keyLog.entries.length,
      keyEventDigest: current.digest,
      peerId: this.peerId,
      frozen: this.#frozenBecause !== undefined,
      encrypted: this.#keystore.hasPassphrase,
      keyLog: this.keyLog.texts,
    }
  }
}
