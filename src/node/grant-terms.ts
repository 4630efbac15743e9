import type { GrantTerms } from '../core/partner/grant.ts'

/** What a merchant allows by default: its texts and images as they are, in the partner's own shops. */
export const termsDefault: GrantTerms = {
  licence: { texts: 'as-is', images: 'as-is' },
  channels: ['shop', 'store'],
  neutralDelivery: false,
}
