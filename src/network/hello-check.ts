import { admitKeyLog, type Duplicity, type KeyLog } from '../core/identity/key-log.ts'
import type { MerchantId } from '../core/identity/merchant-id.ts'
import {
  clockSkewSecondsMax,
  type NodeBinding,
  type NodeBindingFailure,
  verifyNodeBinding,
} from '../core/identity/node-binding.ts'
import type { Primitives } from '../core/signature/primitives.ts'
import type { Hello, RefusalCode } from './hello-message.ts'
import type { OffenceCode } from './offences.ts'

/** What the receiver of a hello knows. */
export interface HelloContext {
  /** The receiver's own merchant and node. */
  readonly merchant: MerchantId
  readonly ownPeerId: string
  /** The sender's node, as the connection proved it. */
  readonly peerId: string
  readonly now: number // UTC seconds
  /** The log that the receiver holds of the merchant. */
  readonly keyLog: KeyLog | undefined
  readonly isFrozen: boolean
  readonly isBlocked: boolean
  /** The merchant of the session that this connection has already. */
  readonly sessionMerchant: MerchantId | undefined
}

export type HelloVerdict =
  | { readonly ok: true; readonly keyLog: KeyLog; readonly isNewLog: boolean; readonly binding: NodeBinding }
  | {
      readonly ok: false
      readonly code: RefusalCode
      readonly message: string
      readonly offence?: OffenceCode
      /** A log that is longer than the one held: true whatever else is wrong. */
      readonly longerLog?: KeyLog
      readonly duplicity?: Duplicity
      /** Key events that the sender lacks of its own log. */
      readonly missing?: readonly string[]
    }

/** The checks of protocol/streams/hello.md §3, in its order. Costs one signature verification, and one for each new key event. */
export function checkHello(
  primitives: Primitives,
  hello: Hello,
  keyEvents: readonly string[],
  context: HelloContext,
): HelloVerdict {
  const { merchant } = hello
  if (merchant === context.merchant)
    return refused(
      'same-merchant',
      `Both nodes act for ${merchant}. One node may write for a merchant: stop the other, a copy perhaps.`,
    )
  if (context.sessionMerchant !== undefined && context.sessionMerchant !== merchant)
    return refused(
      'merchant-false',
      `The connection is ${context.sessionMerchant}'s, not ${merchant}'s.`,
      'identity-false',
    )
  const ahead = hello.clock - context.now
  if (Math.abs(ahead) > clockSkewSecondsMax) return refused('clock-wrong', clockMessage(ahead, context))
  if (context.isBlocked)
    return refused('merchant-refused', `${context.merchant} does not talk to ${merchant}.`)
  if (context.isFrozen)
    return refused(
      'identity-frozen',
      `Two key logs of ${merchant} exist. A person has to decide which stands.`,
    )
  const admission = admitKeyLog(primitives, merchant, context.keyLog, keyEvents)
  switch (admission.verdict) {
    case 'reject': {
      const { code, message } = admission.error
      if (code === 'version-unknown') return refused('key-log-wrong', message)
      return refused(code === 'merchant' ? 'merchant-false' : 'key-log-wrong', message, 'identity-false')
    }
    case 'duplicity':
      return {
        ...refused(
          'identity-frozen',
          `Two key logs of ${merchant} exist. A person has to decide which stands.`,
        ),
        duplicity: admission.proof,
      }
    case 'older':
      return {
        ...refused(
          'key-log-behind',
          `${merchant} has ${context.keyLog?.entries.length} key events, the node sent ${keyEvents.length}. It runs on an old copy: the missing ones follow.`,
        ),
        missing: context.keyLog?.texts.slice(keyEvents.length) ?? [],
      }
    case 'known':
      return checkBinding(primitives, hello, context.keyLog as KeyLog, false, context)
    default:
      return checkBinding(primitives, hello, admission.log, true, context)
  }
}

function checkBinding(
  primitives: Primitives,
  hello: Hello,
  keyLog: KeyLog,
  isNewLog: boolean,
  context: HelloContext,
): HelloVerdict {
  const { now, peerId } = context
  const verdict = verifyNodeBinding(primitives, hello.binding, { log: keyLog, now, peerId })
  if (verdict.ok) return { ok: true, keyLog, isNewLog, binding: verdict.binding }
  const { code, isOffence } = bindingRefusals[verdict.reason]
  return {
    ...refused(code, verdict.message, isOffence ? 'identity-false' : undefined),
    ...(isNewLog && context.keyLog !== undefined ? { longerLog: keyLog } : {}),
  }
}

/** Source: protocol/streams/hello.md §3, checks 11–15. */
const bindingRefusals: Readonly<
  Record<NodeBindingFailure, { readonly code: RefusalCode; readonly isOffence: boolean }>
> = {
  malformed: { code: 'binding-wrong', isOffence: true },
  signature: { code: 'binding-wrong', isOffence: true },
  merchant: { code: 'binding-wrong', isOffence: true },
  'key-event-unknown': { code: 'binding-wrong', isOffence: true },
  peer: { code: 'binding-wrong', isOffence: true },
  superseded: { code: 'binding-superseded', isOffence: false },
  'not-yet-valid': { code: 'clock-wrong', isOffence: false },
  expired: { code: 'binding-expired', isOffence: false },
}

function refused(code: RefusalCode, message: string, offence?: OffenceCode) {
  return { ok: false, code, message, ...(offence === undefined ? {} : { offence }) } as const
}

function clockMessage(aheadSeconds: number, { peerId, ownPeerId }: HelloContext): string {
  const apart = duration(Math.abs(aheadSeconds))
  const direction = aheadSeconds > 0 ? 'ahead of' : 'behind'
  return `The clock of node ${peerId} is ${apart} ${direction} the clock of node ${ownPeerId}. One of them is wrong: set both by a time server.`
}

function duration(seconds: number): string {
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`
  return seconds < 172_800 ? `${Math.round(seconds / 3_600)} h` : `${Math.round(seconds / 86_400)} days`
}
