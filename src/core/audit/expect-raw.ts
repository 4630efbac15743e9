import type { Primitives } from '../signature/primitives.ts'
import { fail } from './audit-error.ts'
import type { Signed } from './bundle.ts'
import { rawSignatureOf } from './raw-signature.ts'

/** @throws {AuditError} `raw-signature` if the form for openssl says something else than the statement */
export function expectRaw(primitives: Primitives, signed: Signed, where: string): void {
  const raw = rawSignatureOf(primitives, signed.statement)
  for (const member of ['key', 'message', 'signature'] as const)
    if (raw?.[member] !== signed[member])
      fail(
        'raw-signature',
        `${where}${where === '' ? '' : '.'}${member}`,
        `It is not the ${member} of the statement beside it.`,
      )
}
