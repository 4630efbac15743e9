import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cleanLine, cleanProse, cutText, isFormula } from './clean.ts'
import { htmlToText } from './html.ts'
import { languageOf } from './language.ts'
import { readContent, readCount, readGrams, readMillimetres, readVatRate } from './units.ts'

const shown = (html: string): string => cleanProse(htmlToText(html))

describe('HTML to text', () => {
  test.each([
    ['plain', 'plain'],
    ['<p>One</p><p>Two<br>three</p>', 'One\n\nTwo\nthree'],
    ['<ul><li>a</li><li>b</li></ul>', '• a\n\n• b'],
    ['<table><tr><td>a</td><td>b</td></tr></table>', 'a b'],
    ['a<script>x<b>y</script>b<style>c</style>d', 'abd'],
    ['a<script src="x"/>b', 'ab'],
    ['<script>never closed', ''],
    ['a<!-- <b>x</b> -->b<!-- open', 'ab'],
    ['<a href="x>y" title=\'a>b\'>link</a>', 'link'],
    ['<a href="never closed>link</a> more <b>x</b>', 'link more x'],
    ['M6 < M8 > M4, 5<6', 'M6 < M8 > M4, 5<6'],
    ['Schraube <M6> fein', 'Schraube <M6> fein'],
    ['<my-element>x</my-element>', 'x'],
    ['<P>Upper</P>', 'Upper'],
    [
      'a &amp;&lt;b&gt; &#65;&#x42;&#128; &unknown; & &; &#0; &#xD800;',
      'a &<b> AB€ &unknown; & &; &#0; &#xD800;',
    ],
    ['&nbsp;a&nbsp;&nbsp;b', 'a b'],
    ['line\nbreaks\n\n\n\nstay', 'line\nbreaks\n\nstay'],
    ['<p>source\nlines</p>', 'source lines'],
    ['<', '<'],
    ['<b', '<b'],
    ['a<br', 'a<br'],
    ['<![CDATA[x]]>', 'x]]>'],
    ['<?xml version="1.0"?>x<!DOCTYPE html>y', 'xy'],
    ['&lt;script&gt;', '<script>'],
  ])('%j', (html, text) => expect(shown(html)).toBe(text))

  test('takes time in proportion to its length: quadratic, this would run into the time limit', () => {
    const parts = [
      '<',
      '<a ',
      '<a href="',
      '<!--',
      '<script>',
      '</',
      '&',
      '<p',
      "<a b='",
      '<a b=">',
      '</script',
      '<b>',
    ]
    for (const part of parts) expect(typeof htmlToText(part.repeat(300_000))).toBe('string')
  })

  test('of arbitrary text gives text', () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom(
            '<',
            '>',
            '/',
            '&',
            ';',
            '"',
            "'",
            '=',
            '!',
            '-',
            'p',
            'script',
            'amp',
            '#1',
            ' ',
            '\n',
            'ü',
            '\ud800',
          ),
        }),
        (html) => {
          expect(typeof htmlToText(html)).toBe('string')
          expect(cleanProse(htmlToText(html))).toMatch(/^[\t\n -~\u00a0-\uffff]*$/)
        },
      ),
    )
  })
})

describe('cleaning', () => {
  test('a line', () => {
    expect(cleanLine('  a \t b\r\n\u0000c\u0085 ')).toBe('a b c')
    expect(cleanLine('e\u0301\ud800')).toBe('\u00e9\ufffd')
    expect(cleanLine('a\u202eb\ufeff')).toBe('ab')
    expect(cleanLine('')).toBe('')
    expect(cleanLine(' ')).toBe('')
  })
  test('prose', () => expect(cleanProse(' a \r\n b\u2028c\n\n\n\n d ')).toBe('a\nb\nc\n\nd'))
  test('twice is once', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        for (const clean of [cleanLine, cleanProse]) expect(clean(clean(text))).toBe(clean(text))
      }),
    )
  })
  test('cutting', () => {
    expect(cutText('one two three', 13)).toBe('one two three')
    expect(cutText('one two three', 12)).toBe('one two…')
    expect(cutText('onetwothree', 6)).toBe('onetw…')
    expect(cutText('abc😀😀😀', 5)).toBe('abc…')
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 20 }), (text, max) => {
        const cut = cutText(text, max)
        expect(cut.length).toBeLessThanOrEqual(max)
        expect(cut.isWellFormed()).toBe(text.isWellFormed())
      }),
    )
  })
  test('formulas', () => {
    expect(['=1', '+SUM(1)', '@A(1)', '-1+cmd|x'].map(isFormula)).toEqual([true, true, true, true])
    expect(['+49 (0)', '-20 %', '@home', '', 'a=1'].map(isFormula)).toEqual([
      false,
      false,
      false,
      false,
      false,
    ])
  })
})

describe('units', () => {
  test('weight and size', () => {
    expect(readGrams('1.5', 'kg', 'dot')).toBe(1500)
    expect(readGrams('0,5 kg', undefined, 'comma')).toBe(500)
    expect(readGrams('2 lbs', undefined, 'dot')).toBe(907)
    expect(readGrams('1', undefined, 'dot')).toBeUndefined()
    expect(readGrams('0', 'kg', 'dot')).toBeUndefined()
    expect(readGrams('heavy', 'kg', 'dot')).toBeUndefined()
    expect(readMillimetres('2 in', undefined, 'dot')).toBe(51)
    expect(readMillimetres('20', 'cm', 'dot')).toBe(200)
  })
  test('contents are exact or nothing', () => {
    expect(readContent('750 ml', 'dot')).toEqual({ quantityMilli: 750_000, unit: 'ml' })
    expect(readContent('1.5kg', 'dot')).toEqual({ quantityMilli: 1500, unit: 'kg' })
    expect(readContent('33 cl', 'dot')).toEqual({ quantityMilli: 330_000, unit: 'ml' })
    expect(readContent('2,5 m²', 'comma')).toEqual({ quantityMilli: 2500, unit: 'm2' })
    expect(readContent('0.0001 kg', 'dot')).toBeUndefined()
    expect(readContent('5 barrels', 'dot')).toBeUndefined()
  })
  test('counts', () => {
    expect(readCount('12', 'unknown')).toBe(12)
    expect(readCount('100.0000', 'ungrouped')).toBe(100)
    expect(readCount('1.000', 'comma')).toBe(1000)
    expect(readCount('1.000', 'unknown')).toBeUndefined()
    expect(readCount('12 Stück', 'unknown')).toBe(12)
    expect(readCount('-3', 'dot')).toBe('negative')
    expect(readCount('99999999999', 'dot')).toBeUndefined()
    expect(readCount('many', 'dot')).toBeUndefined()
  })
  test.each([
    ['19', 1900],
    ['19 %', 1900],
    ['19,00', 1900],
    ['0.19', 1900],
    ['0,07', 700],
    ['8.1', 810],
    ['0', 0],
    ['0.5 %', 50],
    ['5.5', 550],
    ['120', undefined],
    ['19.123456', undefined],
    ['full', undefined],
  ])('the VAT rate %s', (text, rate) => expect(readVatRate(text, 'unknown')).toBe(rate))
})

test('languages', () => {
  expect(
    ['deu', 'DE', 'de-AT', 'de_DE', 'ger', 'german', 'eng', 'xx', 'klingon', ''].map(languageOf),
  ).toEqual(['de', 'de', 'de', 'de', 'de', 'de', 'en', undefined, undefined, undefined])
})
