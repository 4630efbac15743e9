import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { seedOf, TestMerchant } from '../../../tests/simulation/merchants.ts'
import { nodePrimitives } from '../../store/primitives.ts'
import { canonicalText } from '../signature/canonical.ts'
import { linkKeys } from './invitation-keys.ts'
import { mayReadAssortment } from './reading.ts'
import {
  admitRelation,
  changeOf,
  generationProposed,
  nextBody,
  noRelation,
  ownWord,
  type Relation,
  viewOf,
  withStatement,
} from './relation.ts'
import {
  type RelationStatement,
  type RelationWord,
  relationSchema,
  verifyRelation,
} from './relation-statement.ts'

const [anna, ben] = [new TestMerchant('Anna'), new TestMerchant('Ben')]
const invitations = [1, 2].map((n) => linkKeys(nodePrimitives, seedOf(`${n}`).slice(0, 16)).id)

interface Word {
  readonly byAnna: boolean
  readonly state: RelationWord
  readonly generation: number
}

const words: fc.Arbitrary<Word> = fc.record({
  byAnna: fc.boolean(),
  state: fc.constantFrom<RelationWord>('partner', 'partner', 'paused', 'ended'),
  generation: fc.constantFrom(1, 1, 2, 3),
})

/** Signed without asking whether it may be said: what a hostile or broken node could send. */
function statements(all: readonly Word[], seqOf: (index: number) => number): RelationStatement[] {
  return all.map(({ byAnna, state, generation }, index) => {
    const [from, to] = byAnna ? [anna, ben] : [ben, anna]
    const seq = seqOf(index)
    const body = {
      type: 'mosaic/relation' as const,
      v: 1 as const,
      from: from.id,
      to: to.id,
      generation,
      seq,
      ...(seq === 0 ? {} : { prev: from.log.current.digest }),
      state,
      invitation: { id: invitations[generation % 2] as (typeof invitations)[number], by: anna.id },
      time: 1_800_000_000 + index,
      keyEvent: from.log.current.digest,
    }
    return from.sign(body)
  })
}

const gathered = (relation: Relation, all: readonly RelationStatement[]): Relation =>
  all.reduce(withStatement, relation)

describe('the fold', () => {
  test('is the same for both sides, whatever came first, twice or not at all in between', () => {
    const some = fc.array(words, { maxLength: 10 }).map((all) => statements(all, (index) => index % 4))
    const shuffled = some.chain((all) =>
      fc.tuple(
        fc.constant(all),
        fc.shuffledSubarray([...all, ...all], { minLength: 2 * all.length, maxLength: 2 * all.length }),
      ),
    )
    fc.assert(
      fc.property(shuffled, ([all, other]) => {
        const annas = gathered(noRelation(anna.id, ben.id), all)
        const bens = gathered(noRelation(ben.id, anna.id), other)
        expect(viewOf(annas)).toEqual(viewOf(bens))
        expect(annas.statements.length).toBe(bens.statements.length)
      }),
      { numRuns: 200 },
    )
  })

  test('ended sticks: nothing in that generation undoes it, nor an older one', () => {
    fc.assert(
      fc.property(fc.array(words, { maxLength: 8 }), fc.boolean(), (after, byAnna) => {
        const before = statements(
          [true, false].map((one) => ({ byAnna: one, state: 'partner', generation: 3 })),
          () => 0,
        )
        const end = statements([{ byAnna, state: 'ended', generation: 3 }], () => 1)
        const rest = statements(after, (index) => index + 2)
        const view = viewOf(gathered(noRelation(anna.id, ben.id), [...rest, ...end, ...before]))
        expect(view).toMatchObject({ state: 'ended', generation: 3 })
      }),
      { numRuns: 100 },
    )
  })

  test('of two statements with one seq the stricter counts, and the author is named', () => {
    const both = statements(
      [
        { byAnna: true, state: 'partner', generation: 1 },
        { byAnna: true, state: 'paused', generation: 1 },
        { byAnna: false, state: 'partner', generation: 1 },
      ],
      () => 0,
    )
    for (const order of [both, both.toReversed()]) {
      expect(viewOf(gathered(noRelation(ben.id, anna.id), order))).toMatchObject({
        state: 'paused',
        equivocators: [anna.id],
      })
    }
  })
})

describe('what a side may say', () => {
  const at = { time: 1_800_000_000, keyEvent: anna.log.current.digest }
  const moves = fc.array(fc.tuple(fc.boolean(), fc.constantFrom<RelationWord>('partner', 'paused', 'ended')))

  function paired(): [Relation, Relation] {
    const first = statements(
      [true, false].map((byAnna) => ({ byAnna, state: 'partner', generation: 1 })),
      () => 0,
    )
    return [gathered(noRelation(anna.id, ben.id), first), gathered(noRelation(ben.id, anna.id), first)]
  }

  test('is a chain that verifies, and the state is what both said last', () => {
    fc.assert(
      fc.property(moves, (all) => {
        let [annas, bens] = paired()
        let [annasWord, bensWord]: RelationWord[] = ['partner', 'partner']
        for (const [byAnna, word] of all) {
          const speaker = byAnna ? anna : ben
          const over = annasWord === 'ended' || bensWord === 'ended'
          const said = byAnna ? annasWord : bensWord
          const keyEvent = speaker.log.current.digest
          const body = changeOf(nodePrimitives, byAnna ? annas : bens, word, { ...at, keyEvent })
          expect(body !== undefined).toBe(over ? word === 'ended' && said !== 'ended' : true)
          if (body === undefined) continue
          const statement = speaker.sign(body)
          const to = byAnna ? ben.id : anna.id
          const verified = verifyRelation(nodePrimitives, canonicalText(statement), { log: speaker.log, to })
          expect(verified.ok).toBe(true)
          const [mine, yours] = byAnna ? [annas, bens] : [bens, annas]
          const admitted = admitRelation(yours, statement)
          if (admitted.verdict !== 'new') throw new Error('not admitted')
          ;[annas, bens] = byAnna
            ? [withStatement(mine, statement), admitted.relation]
            : [admitted.relation, withStatement(mine, statement)]
          if (byAnna) annasWord = word
          else bensWord = word
        }
        const said = [annasWord, bensWord]
        expect(viewOf(annas)).toEqual(viewOf(bens))
        expect(viewOf(annas).state).toBe(
          said.includes('ended') ? 'ended' : said.includes('paused') ? 'paused' : 'partner',
        )
      }),
      { numRuns: 100 },
    )
  })

  test('takes an invitation: a stranger`s statement begins nothing', () => {
    const [statement] = statements([{ byAnna: false, state: 'partner', generation: 1 }], () => 0)
    const none = noRelation(anna.id, ben.id)
    expect(admitRelation(none, statement as RelationStatement)).toEqual({
      verdict: 'reject',
      reason: 'not-invited',
    })
    const [annas] = paired()
    const bens = annas.statements.find(({ from }) => from === ben.id)
    expect(admitRelation(annas, bens as RelationStatement).verdict).toBe('known')
    const [second] = statements([{ byAnna: false, state: 'partner', generation: 2 }], () => 1)
    expect(admitRelation(annas, second as RelationStatement).verdict).toBe('reject')
  })

  test('may be to decline what the other has asked for, but nothing else', () => {
    const [claim] = statements([{ byAnna: false, state: 'partner', generation: 1 }], () => 0)
    const annas = withStatement(noRelation(anna.id, ben.id), claim as RelationStatement)
    expect(viewOf(annas).state).toBe('invited')
    expect(changeOf(nodePrimitives, annas, 'partner', at)).toBeUndefined()
    expect(changeOf(nodePrimitives, annas, 'paused', at)).toBeUndefined()
    expect(changeOf(nodePrimitives, annas, 'ended', at)).toMatchObject({ state: 'ended', seq: 0 })
  })

  test('begins again only in the next generation, behind the own last statement', () => {
    const [annas] = paired()
    expect(generationProposed(annas)).toBe(1)
    const ended = withStatement(
      annas,
      anna.sign(changeOf(nodePrimitives, annas, 'ended', at) as object) as never,
    )
    expect(generationProposed(ended)).toBe(2)
    const invitation = { id: invitations[0] as (typeof invitations)[number], by: ben.id }
    const again = (generation: number) =>
      nextBody(nodePrimitives, ended, { state: 'partner', generation, invitation, ...at })
    expect(again(1)).toBeUndefined()
    expect(again(2)).toMatchObject({ seq: 2, generation: 2 })
    expect(ownWord(ended)?.state).toBe('ended')
  })
})

test('a statement of another shape, author, recipient or key is refused', () => {
  const [statement] = statements([{ byAnna: false, state: 'partner', generation: 1 }], () => 0)
  const { proof: _, ...body } = statement as RelationStatement
  const verdict = (signed: object, signer = ben, to = anna.id) => {
    const verified = verifyRelation(nodePrimitives, canonicalText(signed as never), { log: signer.log, to })
    return verified.ok ? 'ok' : verified.reason
  }
  expect(verdict(ben.sign(body))).toBe('ok')
  expect(verdict(anna.sign(body))).toBe('signature')
  expect(verdict(ben.sign(body), anna)).toBe('pair')
  expect(verdict(ben.sign(body), ben, ben.id)).toBe('pair')
  expect(verdict(ben.sign({ ...body, v: 2 }))).toBe('version-unknown')
  expect(verdict(ben.sign({ ...body, seq: 1 }))).toBe('malformed')
  expect(verdict(ben.sign({ ...body, to: ben.id }))).toBe('malformed')
  expect(verdict(ben.sign({ ...body, keyEvent: anna.log.current.digest }))).toBe('key-event-unknown')
  const robbed = new TestMerchant('Ben')
  robbed.rotate({ reason: 'compromised', lastGood: [] })
  expect(verdict(ben.sign(body), robbed)).toBe('void')
  const retired = new TestMerchant('Ben')
  retired.rotate({ reason: 'scheduled' })
  expect(verdict(ben.sign(body), retired)).toBe('ok')
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.jsonValue(), (text, value) => {
      expect(verifyRelation(nodePrimitives, text, { log: ben.log, to: anna.id }).ok).toBe(false)
      expect(relationSchema.safeParse(value).success).toBe(false)
    }),
  )
})

test('no grant, no reading', () => {
  const view = viewOf(noRelation(anna.id, ben.id))
  const held = { relation: view, grant: undefined }
  expect(mayReadAssortment(anna.id, ben.id, 'assortment/kitchen', held, 0)).toBe(false)
})
