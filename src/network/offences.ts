/**
 * What a peer has done wrong, as a number that heals with time. Below the limit the connection is closed and
 * the peer is refused for a while. Pure: the caller passes the time.
 */

/** Points per offence. Source: protocol/streams/framing.md, "Offences". */
export const offencePoints = {
  'frame-malformed': 50, // no sequence of frames
  'message-malformed': 50, // a frame that is no message of the protocol
  'statement-forged': 100, // a signature, digest or path that does not hold
  'identity-false': 100, // claims a merchant or node that it is not
  'page-false': 100, // bytes that do not belong to the signed tree
  'rate-exceeded': 10, // more requests than the limit
  'repo-refused': 5, // asked again for what it may not see
} as const satisfies Readonly<Record<string, number>>

export type OffenceCode = keyof typeof offencePoints

/** A peer at or above this many points is refused. */
export const refusedAtPoints = 100
/** Points halve in this time. */
export const pointsHalfLifeMs = 10 * 60_000
/** How long a peer is refused; doubles with each time, up to {@link refusedMsMax}. */
export const refusedMsMin = 60_000
export const refusedMsMax = 24 * 3_600_000
/** Peers remembered; the oldest goes first. */
export const offendersMax = 10_000

interface Offender {
  points: number
  atMs: number
  refusedUntilMs: number
  refusals: number
}

export class Offences {
  readonly #offenders = new Map<string, Offender>()

  /** @returns whether the peer is refused from now on and its connections are to be closed */
  report(peerId: string, code: OffenceCode, nowMs: number): boolean {
    const known = this.#offenders.get(peerId)
    const offender: Offender = known ?? { points: 0, atMs: nowMs, refusedUntilMs: 0, refusals: 0 }
    offender.points = decayed(offender, nowMs) + offencePoints[code]
    offender.atMs = nowMs
    this.#offenders.delete(peerId) // insertion order is age
    this.#offenders.set(peerId, offender)
    if (this.#offenders.size > offendersMax)
      this.#offenders.delete(this.#offenders.keys().next().value as string)
    if (Math.round(offender.points) < refusedAtPoints) return false // two halves in quick succession are a whole
    const refusedMs = Math.min(refusedMsMin * 2 ** Math.min(offender.refusals, 30), refusedMsMax)
    offender.refusedUntilMs = nowMs + refusedMs
    offender.refusals++
    offender.points = refusedAtPoints / 2 // on probation afterwards
    return true
  }

  isRefused(peerId: string, nowMs: number): boolean {
    const offender = this.#offenders.get(peerId)
    return offender !== undefined && nowMs < offender.refusedUntilMs
  }

  /** Points now; 0 for a peer without offences. */
  points(peerId: string, nowMs: number): number {
    const offender = this.#offenders.get(peerId)
    return offender === undefined ? 0 : decayed(offender, nowMs)
  }

  /** A person decided to trust the peer again. */
  forgive(peerId: string): void {
    this.#offenders.delete(peerId)
  }
}

function decayed(offender: Offender, nowMs: number): number {
  return offender.points * 0.5 ** (Math.max(0, nowMs - offender.atMs) / pointsHalfLifeMs)
}
