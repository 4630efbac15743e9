/** ISO 639-2 (both forms) to ISO 639-1, for the languages that catalogs come in. */
const short: Readonly<Record<string, string>> = {
  deu: 'de',
  ger: 'de',
  eng: 'en',
  fra: 'fr',
  fre: 'fr',
  ita: 'it',
  spa: 'es',
  por: 'pt',
  nld: 'nl',
  dut: 'nl',
  pol: 'pl',
  ces: 'cs',
  cze: 'cs',
  slk: 'sk',
  slo: 'sk',
  slv: 'sl',
  hrv: 'hr',
  srp: 'sr',
  hun: 'hu',
  ron: 'ro',
  rum: 'ro',
  bul: 'bg',
  ell: 'el',
  gre: 'el',
  dan: 'da',
  swe: 'sv',
  nor: 'no',
  nob: 'nb',
  nno: 'nn',
  fin: 'fi',
  est: 'et',
  lav: 'lv',
  lit: 'lt',
  rus: 'ru',
  ukr: 'uk',
  tur: 'tr',
  ara: 'ar',
  heb: 'he',
  zho: 'zh',
  chi: 'zh',
  jpn: 'ja',
  kor: 'ko',
  gle: 'ga',
  mlt: 'mt',
  isl: 'is',
  ice: 'is',
  cat: 'ca',
}
const known = new Set(Object.values(short))

/** "deu", "DE", "de-AT", "de_DE", "german" … as ISO 639-1; undefined if it is no language that is known here. */
export function languageOf(code: string): string | undefined {
  const lower = code.trim().toLowerCase()
  const head = /^([a-z]{2,3})(?:[-_].*)?$/.exec(lower)?.[1]
  if (head !== undefined) return head.length === 3 ? short[head] : known.has(head) ? head : undefined
  return { german: 'de', deutsch: 'de', english: 'en', englisch: 'en', french: 'fr', italian: 'it' }[lower]
}
