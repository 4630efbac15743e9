const daySeconds = 86_400
const form = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d{1,9})?Z$/
const monthDays = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/**
 * UTC seconds of an RFC 3339 time in UTC (`2026-11-21T10:00:00Z`), fractions cut off; `undefined` for any other text,
 * for days that do not exist, and before 1970.
 */
export function utcSeconds(text: string): number | undefined {
  const match = form.exec(text)
  if (match === null) return undefined
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number)
  if (year < 1970 || hour > 23 || minute > 59 || second > 59) return undefined
  const days = daysBefore(year, month)
  if (days === undefined || day < 1 || day > lengthOf(year, month)) return undefined
  return (days + day - 1) * daySeconds + hour * 3_600 + minute * 60 + second
}

/** UTC seconds at which a month (`2026-11`) begins; `undefined` for any other text. */
export function monthStart(month: string): number | undefined {
  return utcSeconds(`${month}-01T00:00:00Z`)
}

/** Days from 1970-01-01 to the first of a month. */
function daysBefore(year: number, month: number): number | undefined {
  if (month < 1 || month > 12) return undefined
  const years = year - 1
  let days = years * 365 + Math.floor(years / 4) - Math.floor(years / 100) + Math.floor(years / 400) - 719_162
  for (let before = 1; before < month; before++) days += lengthOf(year, before)
  return days
}

function lengthOf(year: number, month: number): number {
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
  return (monthDays[month - 1] ?? 0) + (month === 2 && isLeap ? 1 : 0)
}
