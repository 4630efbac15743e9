import { de } from './de.ts'
import { en, type Texts } from './en.ts'

export type { Texts }
export type Language = 'en' | 'de'

const catalogs: Readonly<Record<Language, Texts>> = { en, de }

export function textsOf(language: Language): Texts {
  return catalogs[language]
}

/** `--lang de`, else the system's locale, else English. */
export function chooseLanguage(argv: readonly string[], locale: string): Language {
  const index = argv.indexOf('--lang')
  const asked = argv.find((word) => word.startsWith('--lang='))?.slice('--lang='.length)
  const wanted = asked ?? (index < 0 ? undefined : argv[index + 1]) ?? locale
  return /^de\b|^de_/i.test(wanted) ? 'de' : 'en'
}
