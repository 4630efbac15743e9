/** Wrong codes of one peer within {@link attemptsWindowSeconds} before it has to wait. */
export const attemptsPerPeerMax = 5
/** Wrong codes from one network: several honest merchants may share an address. */
export const attemptsPerNetworkMax = 30
export const attemptsWindowSeconds = 600
/** Peers and networks remembered; the oldest go first. */
const rememberedMax = 10_000

/**
 * Counts wrong codes, per peer and per network. It slows guessing down and never touches an invitation, so a
 * guesser cannot spoil a code for its owner. Spec: protocol/streams/pairing.md §7.
 */
export class PairingAttempts {
  readonly #failures = new Map<string, readonly number[]>()

  /** Seconds until this peer may try again; 0 if it may now. @param address IP address, or any name of where it comes from */
  waitSeconds(peerId: string, address: string, now: number): number {
    return Math.max(
      this.#wait(`peer ${peerId}`, attemptsPerPeerMax, now),
      this.#wait(`network ${networkOf(address)}`, attemptsPerNetworkMax, now),
    )
  }

  /** The peer did not know the code. */
  failed(peerId: string, address: string, now: number): void {
    this.#count(`peer ${peerId}`, attemptsPerPeerMax, now)
    this.#count(`network ${networkOf(address)}`, attemptsPerNetworkMax, now)
  }

  #wait(key: string, max: number, now: number): number {
    const recent = (this.#failures.get(key) ?? []).filter((at) => at > now - attemptsWindowSeconds)
    const oldest = recent.at(-max)
    return oldest === undefined ? 0 : Math.max(1, oldest + attemptsWindowSeconds - now)
  }

  #count(key: string, max: number, now: number): void {
    const times = [...(this.#failures.get(key) ?? []), now].slice(-max)
    this.#failures.delete(key) // to the end of the order
    if (this.#failures.size >= rememberedMax) this.#failures.delete(this.#failures.keys().next().value ?? '')
    this.#failures.set(key, times)
  }
}

/** Who has one IPv6 address has all 2^64 of its network. */
function networkOf(address: string): string {
  const [head = ''] = address.toLowerCase().split('%')
  if (!head.includes(':') || /^::ffff:[0-9.]+$/.test(head)) return head.replace(/^::ffff:/, '')
  const [before = '', after] = head.split('::')
  const groups = before === '' ? [] : before.split(':')
  if (after !== undefined) {
    const tail = after === '' ? [] : after.split(':')
    while (groups.length + tail.length < 8) groups.push('0')
    groups.push(...tail)
  }
  return groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')
}
