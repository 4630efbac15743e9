import { describe, expect, test } from 'vitest'
import { limitedBy, type Wording } from './explanation.ts'

const wording = (language: Wording['language']): Wording => ({
  language,
  name: (merchant) => merchant.toUpperCase(),
  money: (minor) => `${minor / 100} €`,
})
const question = { viewer: 'me', target: 'ben' }

describe('what limits', () => {
  test('is said in words', () => {
    const cut = [
      { from: 'me', to: 'anna', amountMinor: 4_000 },
      { node: 'anna', amountMinor: 500 },
      { from: 'anna', to: 'ben', amountMinor: 50 },
    ] as const
    expect(limitedBy(cut, question, wording('en'))).toBe(
      'Limited by: you vouch for ANNA up to 40 €; at most 5 € of your budget goes by way of ANNA; ANNA vouches for BEN up to 0.5 €.',
    )
    expect(limitedBy(cut.slice(0, 1), question, wording('de'))).toBe(
      'Begrenzt durch: Sie bürgen für ANNA bis 40 €.',
    )
    expect(limitedBy([], question, wording('de'))).toBe('Niemand, dem Sie vertrauen, bürgt für BEN.')
  })
})
