import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { foldWords, pathPrefixes } from './market-view-text.ts'

describe('folding words', () => {
  test.each([
    ['Käse', 'Kaese'],
    ['Möwe', 'mowe'],
    ['MÜTZE', 'muetze'],
    ['Straße', 'strasse'],
    ['Crème brûlée', 'creme brulee'],
    ['Smørrebrød', 'smorrebrod'],
    ['Œuvre', 'oeuvre'],
    ['Ærø', 'aero'],
    ['½ Zoll', '1 2 zoll'],
  ])('%s as %s', (left, right) => expect(foldWords(left)).toEqual(foldWords(right)))

  test('words that differ stay apart', () => {
    expect(foldWords('Topf')).not.toEqual(foldWords('Töpfer'))
    expect(foldWords('M8x40 A2-70')).toEqual(['m8x40', 'a2', '70'])
    expect(foldWords('снег 雪')).toEqual(['снег', '雪'])
  })

  test('the beginning of a word folds to the beginning of its fold', () => {
    const letters = fc.string({ unit: fc.constantFrom(...'aeiouäöüßxéøł'), minLength: 1, maxLength: 12 })
    fc.assert(
      fc.property(letters, fc.nat(), (word, cut) => {
        const beginning = foldWords(word.slice(0, 1 + (cut % word.length))).join('')
        expect(foldWords(word).join('').startsWith(beginning)).toBe(true)
      }),
    )
  })

  test('gives letters and digits only, whatever comes in', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        for (const word of foldWords(text)) expect(word).toMatch(/^[\p{L}\p{N}]+$/u)
      }),
    )
  })
})

test('a path and all above it', () => {
  expect(pathPrefixes('Camping > Zelte >Zubehör')).toEqual([
    'camping',
    'camping>zelte',
    'camping>zelte>zubehor',
  ])
  expect(pathPrefixes(' > ')).toEqual([])
})
