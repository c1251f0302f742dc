import { UsageError } from '@ibkit/error-codes';

const CODE = /^[A-Z0-9._-]{1,30}$/iu;

/** Codes of providers as a request carries them: joined by `+`. @throws UsageError for none, and for one that is no code. */
export function providerList(codes: readonly string[]): string {
  if (codes.length === 0) throw new UsageError({ field: 'providers', value: codes, rule: 'must name at least one provider, such as BRFG' });
  for (const code of codes) if (!CODE.test(code)) throw new UsageError({ field: 'providers', value: code, rule: 'must be codes of providers, such as BRFG' });
  return [...new Set(codes)].join('+');
}
