import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalText } from '../../src/core/signature/canonical.ts'
import { checkDhtValue, DhtLocations, dhtKey, dhtValue } from '../../src/network/dht-record.ts'
import { nodeAddressesSecondsMax, signNodeAddresses } from '../../src/network/node-addresses.ts'
import { nodePrimitives } from '../../src/store/primitives.ts'
import { TestMerchant, testTime } from './merchants.ts'

interface Options {
  readonly time?: number
  readonly lifetimeSeconds?: number
  readonly addresses?: readonly string[]
}

function statementOf(merchant: TestMerchant, options: Options = {}): string {
  const { time = testTime, addresses = ['/ip4/192.0.2.7/tcp/4010'] } = options
  const { peerId, keyLog, signingSeed: seed } = merchant
  const { lifetimeSeconds = nodeAddressesSecondsMax } = options
  return canonicalText(
    signNodeAddresses(nodePrimitives, keyLog, { peerId, addresses }, { seed, now: time, lifetimeSeconds }),
  )
}

function signedValue(merchant: TestMerchant, options: Options = {}): Uint8Array {
  return dhtValue(merchant.keyLog, statementOf(merchant, options)) ?? new Uint8Array()
}

const rotated = (name: string, times: number): TestMerchant => {
  const merchant = new TestMerchant(name)
  for (let n = 0; n < times; n++) merchant.rotate()
  return merchant
}

const anna = new TestMerchant('anna')
const check = (value: Uint8Array, key = dhtKey(anna.merchant), now = testTime) =>
  checkDhtValue(nodePrimitives, key, value, now)

describe('a value of the DHT, protocol/streams/discovery.md §2.1', () => {
  test('is accepted from its merchant, also after rotations', () => {
    expect(check(signedValue(anna))).toMatchObject({ addresses: { peerId: anna.peerId } })
    expect(check(signedValue(rotated('anna', 3)))).toMatchObject({ addresses: { peerId: anna.peerId } })
  })

  const text = Buffer.from(signedValue(anna)).toString()
  const cases: [string, Uint8Array, Uint8Array?, number?][] = [
    ['under another merchant’s key', signedValue(anna), dhtKey(new TestMerchant('bert').merchant)],
    ['under a key of another kind', signedValue(anna), Buffer.from(`/pk/${anna.merchant}`)],
    [
      'under a key with more behind it',
      signedValue(anna),
      Buffer.from(`/mosaic-merchant/${anna.merchant}/x`),
    ],
    ['with a changed address', Buffer.from(text.replace('192.0.2.7', '192.0.2.8'))],
    ['with a member too many', Buffer.from(text.replace('{"addresses"', '{"a":1,"addresses"'))],
    ['that is not canonical', Buffer.from(` ${text}`)],
    ['that is not UTF-8', Buffer.from([0xff, ...signedValue(anna)])],
    [
      'signed by a key that was replaced',
      dhtValue(rotated('anna', 1).keyLog, statementOf(anna)) ?? new Uint8Array(),
    ],
    [
      'with another merchant’s statement',
      dhtValue(anna.keyLog, statementOf(new TestMerchant('bert'))) ?? new Uint8Array(),
    ],
    ['that has expired', signedValue(anna, { lifetimeSeconds: 60 }), dhtKey(anna.merchant), testTime + 60],
    ['dated ahead', signedValue(anna, { time: testTime + 601 })],
    ['above the limit', Buffer.alloc(65_537, 0x20)],
  ]
  for (const [name, value, key, now] of cases)
    test(`is refused ${name}`, () => {
      expect(check(value, key, now)).toBeTypeOf('string')
    })

  test('is not made of a key log that does not fit', () => {
    const long = rotated('anna', 120)
    expect(dhtValue(long.keyLog, statementOf(long))).toBeUndefined()
  })

  test('arbitrary bytes and changed bytes are refused with words', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (value) => typeof check(value) === 'string'),
      { numRuns: 300 },
    )
    const good = signedValue(anna)
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 }), (at, mask) => {
        const changed = Uint8Array.from(good)
        changed[at] = (changed[at] ?? 0) ^ mask
        return typeof check(changed) === 'string'
      }),
      { numRuns: 300 },
    )
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (key) => typeof check(good, key) === 'string'),
      { numRuns: 200 },
    )
  })
})

describe('which value is better', () => {
  const newer = signedValue(anna, { time: testTime + 1 })
  const older = signedValue(anna, { time: testTime })
  const longer = signedValue(rotated('anna', 1), { time: testTime - 100 })
  const select = (values: Uint8Array[]): number =>
    new DhtLocations(nodePrimitives, () => testTime).selectors['mosaic-merchant'](
      dhtKey(anna.merchant),
      values,
    )

  test('the longer log, then the later time, in any order; a bad one never', () => {
    const bad = Buffer.from('{}')
    expect(select([older, newer])).toBe(1)
    expect(select([newer, older])).toBe(0)
    expect(select([bad, older, longer, newer])).toBe(2)
    expect(select([bad, older])).toBe(1)
  })

  test('two of one second are told apart the same way everywhere', () => {
    const [a, b] = [signedValue(anna, { addresses: ['/ip4/192.0.2.1/tcp/1'] }), signedValue(anna)]
    const chosen = [a, b][select([a, b])]
    expect([b, a][select([b, a])]).toBe(chosen)
  })

  test('a node holds the better and refuses the worse', () => {
    const locations = new DhtLocations(nodePrimitives, () => testTime)
    const put = (value: Uint8Array) => locations.validators['mosaic-merchant'](dhtKey(anna.merchant), value)
    put(older)
    put(newer)
    expect(() => put(older)).toThrow('a better value is known')
    put(longer)
    expect(() => put(newer)).toThrow('a better value is known')
    expect(locations.best(anna.merchant)?.keyLog.entries.length).toBe(2)
  })

  test('what has expired is forgotten', () => {
    let now = testTime
    const locations = new DhtLocations(nodePrimitives, () => now)
    locations.validators['mosaic-merchant'](dhtKey(anna.merchant), signedValue(anna, { lifetimeSeconds: 60 }))
    expect(locations.best(anna.merchant)).toBeDefined()
    now += 60
    expect(locations.best(anna.merchant)).toBeUndefined()
  })
})

test('a node holds values of so many merchants, and of one more that it looks for', {
  timeout: 120_000,
}, () => {
  const locations = new DhtLocations(nodePrimitives, () => testTime, 3)
  const put = (merchant: TestMerchant) =>
    locations.validators['mosaic-merchant'](dhtKey(merchant.merchant), signedValue(merchant))
  for (let n = 0; n < 3; n++) put(new TestMerchant(`m${n}`))
  expect(() => put(anna)).toThrow('as many values as it may')
  locations.want(anna.merchant)
  put(anna)
  expect(locations.best(anna.merchant)).toBeDefined()
})
