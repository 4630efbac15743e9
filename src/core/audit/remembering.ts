import type { Primitives } from '../signature/primitives.ts'

/** The same primitives; a signature that is asked for again, as a commit's for each proof under it, costs a look-up. */
export function remembering(primitives: Primitives): Primitives {
  const known = new Map<string, boolean>()
  return {
    ...primitives,
    ed25519Verify(publicKey, message, signature) {
      const id = String.fromCharCode(...publicKey, ...signature, ...message)
      const before = known.get(id)
      if (before !== undefined) return before
      const isGood = primitives.ed25519Verify(publicKey, message, signature)
      known.set(id, isGood)
      return isGood
    },
  }
}
