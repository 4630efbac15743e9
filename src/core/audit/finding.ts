import type { MerchantId } from '../identity/merchant-id.ts'

/** What a reader of a bundle that holds should know beside the claim. */
export type Finding =
  /** One of two commits is signed with a key that was declared compromised since: it may be a thief's. */
  | { readonly code: 'equivocation-contested'; readonly merchant: MerchantId }
  /** Deal signed with a key that was declared compromised since. */
  | { readonly code: 'deal-contested'; readonly buyer: MerchantId; readonly seller: MerchantId }
  /** A head older than seven days when the claim was made. */
  | { readonly code: 'stale'; readonly merchant: MerchantId; readonly ageSeconds: number }
  /** The viewer's own endorsement, shown to nobody before. */
  | { readonly code: 'private'; readonly to: MerchantId }
  /** What a merchant calls itself; its own word. */
  | { readonly code: 'name'; readonly merchant: MerchantId; readonly name: string }
  | {
      readonly code: 'deal'
      readonly buyer: MerchantId
      readonly seller: MerchantId
      readonly month: string
    }
  /** A time stamp for this bundle. Its signature is for the caller, who knows which authority to trust. */
  | { readonly code: 'timestamp'; readonly time: string }
