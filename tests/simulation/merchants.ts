import { inceptKeyLog, type RotationCause, rotateKeyLog } from '../../src/core/identity/key-event-author.ts'
import type { KeyLog } from '../../src/core/identity/key-log.ts'
import type { MerchantId } from '../../src/core/identity/merchant-id.ts'
import { publicKeyToMultibase } from '../../src/core/signature/base.ts'
import { digestOf } from '../../src/core/signature/digest.ts'
import { type Statement, signStatement } from '../../src/core/signature/proof.ts'
import { nodePrimitives } from '../../src/store/primitives.ts'

/** 32 bytes that follow from a text. */
export function seedOf(text: string): Uint8Array {
  return new Uint8Array(nodePrimitives.sha256(text))
}

const publicKey = (seed: Uint8Array): Uint8Array => new Uint8Array(nodePrimitives.ed25519PublicKey(seed))
const commitment = (name: string, seq: number) =>
  digestOf(nodePrimitives, publicKey(seedOf(`${name} event ${seq}`)))

/** A merchant with keys that follow from its name, so that vectors and failures can be repeated. */
export class TestMerchant {
  readonly name: string
  readonly nodeKey: Uint8Array
  log: KeyLog

  constructor(name: string) {
    this.name = name
    this.nodeKey = publicKey(seedOf(`${name} node`))
    this.log = inceptKeyLog(nodePrimitives, {
      eventSeed: seedOf(`${name} event 0`),
      key: publicKeyToMultibase(publicKey(seedOf(`${name} signing 0`))),
      next: commitment(name, 1),
      time: 1_790_000_000,
    })
  }

  get id(): MerchantId {
    return this.log.merchant
  }

  rotate(cause: RotationCause): void {
    const seq = this.log.current.seq + 1
    this.log = rotateKeyLog(
      nodePrimitives,
      this.log,
      {
        eventSeed: seedOf(`${this.name} event ${seq}`),
        key: publicKeyToMultibase(publicKey(seedOf(`${this.name} signing ${seq}`))),
        next: commitment(this.name, seq + 1),
        time: 1_790_000_000 + seq,
      },
      cause,
    )
  }

  /** With the signing key in force. */
  sign<T extends object>(body: T): Statement<T> {
    return signStatement(nodePrimitives, body, {
      seed: seedOf(`${this.name} signing ${this.log.current.seq}`),
    })
  }
}
