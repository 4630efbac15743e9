import { expect, test } from 'vitest'
import { Offences, offendersMax, pointsHalfLifeMs, refusedMsMax, refusedMsMin } from './offences.ts'

test('two breaches in quick succession are enough, one is not', () => {
  const offences = new Offences()
  expect(offences.report('a', 'frame-malformed', 0)).toBe(false)
  expect(offences.isRefused('a', 0)).toBe(false)
  expect(offences.report('a', 'message-malformed', 1_000)).toBe(true)
  expect(offences.isRefused('a', 1_000 + refusedMsMin - 1)).toBe(true)
  expect(offences.isRefused('a', 1_000 + refusedMsMin)).toBe(false)
  expect(offences.isRefused('b', 1_000)).toBe(false)
})

test('points halve with time, so that rare faults cost nothing', () => {
  const offences = new Offences()
  offences.report('a', 'frame-malformed', 0)
  expect(offences.points('a', pointsHalfLifeMs)).toBe(25)
  expect(offences.points('a', 2 * pointsHalfLifeMs)).toBe(12.5)
  for (let n = 1; n < 50; n++)
    expect(offences.report('a', 'frame-malformed', 2 * n * pointsHalfLifeMs)).toBe(false)
})

test('each refusal is twice as long as the one before, up to a day', () => {
  const offences = new Offences()
  let now = 0
  let refusedMs = refusedMsMin
  for (let n = 0; n < 20; n++) {
    expect(offences.report('a', 'statement-forged', now)).toBe(true)
    expect(offences.isRefused('a', now + refusedMs - 1)).toBe(true)
    now += refusedMs
    expect(offences.isRefused('a', now)).toBe(false)
    refusedMs = Math.min(2 * refusedMs, refusedMsMax)
  }
  expect(refusedMs).toBe(refusedMsMax)
})

test('after a refusal a peer is on probation', () => {
  const offences = new Offences()
  offences.report('a', 'identity-false', 0)
  expect(offences.report('a', 'frame-malformed', refusedMsMin / 60)).toBe(true)
})

test('a person may forgive', () => {
  const offences = new Offences()
  offences.report('a', 'identity-false', 0)
  offences.forgive('a')
  expect(offences.isRefused('a', 0)).toBe(false)
  expect(offences.points('a', 0)).toBe(0)
})

test('remembers a bounded number of peers, the newest', () => {
  const offences = new Offences()
  for (let n = 0; n <= offendersMax; n++) offences.report(`peer ${n}`, 'identity-false', 0)
  expect(offences.isRefused('peer 0', 0)).toBe(false)
  expect(offences.isRefused('peer 1', 0)).toBe(true)
  expect(offences.isRefused(`peer ${offendersMax}`, 0)).toBe(true)
})
