import { describe, expect, test } from 'vitest'
import { limitedBy, type Wording } from './explanation.ts'

const names = ['you', 'Anna', 'Ben']
const wording = (language: Wording['language']): Wording => ({
  language,
  name: (merchant) => names[merchant] as string,
  money: (minor) => `${minor / 100} €`,
})
const question = { viewer: 0, target: 2 }

describe('what limits', () => {
  test('is said in words', () => {
    const cut = [
      { kind: 'endorsement', from: 0, to: 1, minor: 4_000 },
      { kind: 'introducer', merchant: 1, minor: 500 },
      { kind: 'endorsement', from: 1, to: 2, minor: 50 },
    ] as const
    expect(limitedBy(cut, question, wording('en'))).toBe(
      'Limited by: you vouch for Anna up to 40 €; at most 5 € of your budget goes by way of Anna; Anna vouches for Ben up to 0.5 €.',
    )
    expect(limitedBy(cut.slice(0, 1), question, wording('de'))).toBe(
      'Begrenzt durch: Sie bürgen für Anna bis 40 €.',
    )
    expect(limitedBy([], question, wording('de'))).toBe('Niemand, dem Sie vertrauen, bürgt für Ben.')
  })
})
