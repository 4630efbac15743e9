import type { z } from 'zod'

/** What is wrong first, for people: the member by its path, then the rule. */
export function schemaMessage(error: z.ZodError): string {
  const issue = error.issues[0]
  if (issue === undefined) return 'It does not follow its schema.'
  const path = issue.path.map(String).join('.')
  return `${path === '' ? '' : `${path}: `}${issue.message}.`
}
